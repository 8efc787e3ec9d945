import { css } from 'lit';

/** Styles of the panel of virtual machines: rows on one scale of ticks, the bill of one beneath. */
export const VMS_STYLES = css`
  .plain { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  .body { flex: 1; min-height: 0; overflow: auto; }
  .heads, .row { display: grid; grid-template-columns: 10.5rem minmax(6rem, 1fr) 2.6rem 3rem 5rem 3.4rem 4.6rem; column-gap: .6rem; align-items: center; width: 100%; }
  .heads { font-size: var(--t-small); color: var(--ink2); line-height: 1.6rem; border-bottom: 1px solid var(--rule-strong); white-space: nowrap; position: sticky; top: 0; background: var(--gv-bg); z-index: 1; }
  .heads span { overflow: hidden; text-overflow: ellipsis; }
  .row { min-height: 2.3rem; border-bottom: 1px solid var(--rule2); font-size: var(--t-small); line-height: 1.05rem; padding: .15rem 0; }
  .row[aria-checked='true'] { background: var(--sunk); }
  .row:focus-visible { outline-offset: -2px; }
  .number { text-align: right; font-family: var(--gv-mono); font-variant-ligatures: none; white-space: nowrap; }
  .heads .number { font-family: var(--gv-sans); }
  .who { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: .4rem; min-width: 0; padding-left: .15rem; }
  .who b { font-size: var(--t-body); display: flex; align-items: center; gap: .35rem; }
  .who .here { align-self: center; }
  .who .note { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .state { grid-column: 1 / -1; color: var(--ink2); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .lane { width: 100%; height: 1rem; display: block; overflow: visible; }
  .lane .base { stroke: var(--rule); vector-effect: non-scaling-stroke; }
  .turn { fill: var(--ink2); }
  .turn.now { fill: var(--gv-now); }
  .detail { display: grid; grid-template-columns: 1.3fr 1.1fr 1.2fr 1.1fr; gap: var(--s2) var(--s4); padding: var(--s2) 0; }
  .detail section { min-width: 0; }
  .detail h2 { font-size: var(--t-small); line-height: 1.5rem; border-bottom: 1px solid var(--rule); margin-bottom: .15rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .bars li { display: grid; grid-template-columns: minmax(0, 1fr) clamp(1.5rem, 4cqi, 5rem) 2.9rem; gap: .4rem; align-items: center; font-size: var(--t-small); line-height: 1.1rem; }
  .bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .bars .value, dd { font-family: var(--gv-mono); font-variant-ligatures: none; text-align: right; white-space: nowrap; }
  .bar { width: 100%; height: .5rem; border-bottom: 1px solid var(--rule-strong); }
  .bar rect { fill: var(--ink2); }
  .bar.empty rect { fill: none; stroke: var(--rule-strong); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
  .bar.soft rect { fill: var(--rule-strong); }
  dl { font-size: var(--t-small); line-height: 1.1rem; }
  dl div { display: flex; justify-content: space-between; gap: .4rem; }
  dt { color: var(--ink2); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .bars + dl { padding-top: .3rem; }
  .ask { flex: none; border-top: 1px solid var(--rule); }
  .commands { display: flex; align-items: center; flex-wrap: wrap; gap: 0 var(--s4); min-height: 1.9rem; font-size: var(--t-small); }
  .commands form { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .5rem; min-width: 0; }
  .commands label { color: var(--ink2); white-space: nowrap; }
  .commands b { min-width: 3.4rem; }
  input, select { font: 400 var(--t-mono)/1.2rem var(--gv-mono); color: var(--gv-fg); background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; min-height: 1.5rem; }
  input { width: 3.4rem; text-align: right; }
  input.small { width: 2.4rem; }
  select { font-family: var(--gv-sans); max-width: 9rem; }
  [popover] { position: fixed; inset: auto; left: 50%; top: 50%; translate: -50% -50%; margin: 0; width: min(38rem, calc(100vw - 1rem)); max-height: calc(100vh - 1rem); overflow: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s4); white-space: normal; font-size: var(--t-small); line-height: 1.4; }
  [popover] h2 { padding-bottom: var(--s2); }
  [popover] dl { display: grid; grid-template-columns: minmax(5rem, max-content) minmax(0, 1fr); gap: .3rem var(--s4); line-height: 1.4; }
  [popover] dt { color: var(--gv-fg); font-weight: 600; white-space: normal; }
  [popover] dd { font: inherit; text-align: left; white-space: normal; color: var(--ink2); }
  [popover] p { padding-top: var(--s3); font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  .foot { display: flex; align-items: center; gap: 0 var(--s4); min-height: 1.75rem; border-top: 1px solid var(--rule); flex: none; }
  .scroll { display: grid; gap: var(--s4); overflow: auto; padding-bottom: var(--s2); }
  .scroll .records { justify-self: start; }
  caption { text-align: left; font: 600 var(--t-body)/1.6rem var(--gv-sans); }

  @container vms (max-width: 40rem) {
    .heads { display: none; }
    .row { grid-template-columns: repeat(5, auto); row-gap: .2rem; padding: .35rem 0; }
    .row .who { grid-column: 1 / -1; }
    .row .lane { grid-column: 1 / -1; }
    .row .number { text-align: left; }
    .row .number::before { content: attr(data-label); display: block; font: 400 var(--t-micro)/1.2 var(--gv-sans); color: var(--ink3); }
    .row .number br { display: none; }
    .detail { grid-template-columns: 1fr 1fr; }
    .commands { padding: .2rem 0; }
  }
  @container vms (max-width: 26rem) { .detail { grid-template-columns: minmax(0, 1fr); } }
`;
