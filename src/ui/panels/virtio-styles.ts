import { css } from 'lit';

/** Styles of the virtqueue panel: the driver's ring, the table, the device's ring; on a narrow place one under the other. */
export const VIRTIO_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: virtio / inline-size; }
  :host(:is([layout='desk'], [layout='narrow'])) { container-type: size; }
  .choose { display: flex; align-items: center; gap: 0 var(--s4); min-height: 2rem; flex: none; flex-wrap: wrap; border-bottom: 1px solid var(--rule2); }
  .choose .tabs { align-self: stretch; gap: 0 var(--s3); flex-wrap: wrap; }
  .choose .tabs button { min-height: 2rem; }
  .choose .tabs .index { color: var(--ink3); font: 400 var(--t-micro)/1 var(--gv-mono); margin-right: .1rem; }
  select { font: 600 var(--t-body)/1.5rem var(--gv-sans); color: inherit; background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; padding: 0 .1rem; min-height: 1.5rem; max-width: 15rem; }
  .note .address { font-size: inherit; }
  .facts { flex: none; border-bottom: 1px solid var(--rule2); }
  .facts summary { display: flex; align-items: center; gap: var(--s3); min-height: 1.6rem; cursor: pointer; font-size: var(--t-small); list-style: none; }
  .facts summary::before { content: '▸'; color: var(--ink3); width: .6rem; }
  .facts[open] summary::before { content: '▾'; }
  .status { font: 400 var(--t-small)/1.2 var(--gv-mono); display: flex; flex-wrap: wrap; gap: 0 .6rem; }
  .off { color: var(--ink3); }
  .facts .open { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: var(--s5); padding: 0 0 var(--s2) .6rem; max-height: 12rem; overflow: auto; }
  .facts h2 { color: var(--ink2); font-size: var(--t-small); }
  .facts ul { columns: 11rem; column-gap: var(--s4); }
  .facts li { font: 400 var(--t-small)/1.25rem var(--gv-mono); break-inside: avoid; white-space: nowrap; }
  .tick { display: inline-block; width: 1rem; }
  .bit { color: var(--ink3); display: inline-block; width: 1.3rem; text-align: right; }
  .facts dl { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: var(--s3); font-size: var(--t-small); line-height: 1.25rem; }
  .facts dd { font-family: var(--gv-mono); text-align: right; }
  .fault { border: 3px double var(--gv-fg); background: var(--sheet); padding: .25rem .6rem; margin: .35rem 0 0; font-size: var(--t-small); line-height: 1.15rem; flex: none; }
  .past { grid-column: 1 / -1; }
  .plain { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }

  .place-of { flex: 1; min-height: 0; overflow: hidden; padding-top: var(--s1); display: flex; flex-direction: column; }
  .queue { display: grid; grid-template-columns: 10.75rem minmax(0, 1fr) 10.75rem; grid-template-rows: minmax(0, 1fr); column-gap: var(--s4); flex: 1; min-height: 0; }
  .side, .centre { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
  .side { overflow: hidden auto; }
  .table { flex: 0 1 auto; min-height: 3rem; overflow: hidden auto; }
  .table thead { position: sticky; top: 0; background: var(--gv-bg); z-index: 1; }
  .side .title, .centre .title { display: flex; align-items: baseline; justify-content: space-between; gap: .4rem; line-height: 1.3rem; white-space: nowrap; flex: none; }
  h2 { line-height: 1.3rem; overflow: hidden; text-overflow: ellipsis; }
  .ring { display: block; width: 100%; max-width: 9.4rem; margin: .1rem auto 0; flex: none; overflow: visible; }
  .place { fill: var(--gv-bg); stroke: var(--rule-strong); stroke-width: .9; }
  .place.waiting { fill: var(--rule2); stroke: var(--gv-fg); }
  .place.never { fill: none; stroke-dasharray: 3 3; }
  .place.changed { fill: var(--gv-changed); }
  .place.next { fill: var(--now-t); stroke: var(--gv-now); stroke-width: 1.8; }
  .place.chosen { stroke: var(--gv-fg); stroke-width: 2; }
  svg text { font: 400 10.5px var(--gv-mono); fill: var(--gv-fg); }
  svg .name.small { font-size: 8.5px; }
  svg .name:not(.waiting, .next, .changed) { fill: var(--ink3); }
  svg .name.next { fill: var(--gv-now); font-weight: 600; }
  svg .name.waiting { font-weight: 600; }
  svg .raw { font: 600 15px var(--gv-mono); }
  svg .mod { font-size: 10px; fill: var(--ink2); }
  svg .stem { stroke: var(--gv-fg); stroke-width: .9; }
  svg .badge { fill: var(--gv-bg); stroke: var(--gv-fg); stroke-width: 1.1; }
  svg .letter { font: 600 9px var(--gv-sans); }
  .words { font-size: var(--t-small); line-height: 1.03rem; padding-top: .2rem; }
  .words div { display: flex; justify-content: space-between; gap: .3rem; }
  .words .rule { border-top: 1px solid var(--rule2); margin-top: .2rem; padding-top: .2rem; }
  .words dt { color: var(--ink2); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .words dd { font-family: var(--gv-mono); font-variant-ligatures: none; text-align: right; white-space: nowrap; }

  .descriptors { width: 100%; margin-top: .1rem; }
  .descriptors th { font: 400 var(--t-small)/1.25rem var(--gv-sans); color: var(--ink2); text-align: left; border-bottom: 1px solid var(--rule-strong); padding-right: .5rem; white-space: nowrap; }
  .descriptors td { line-height: var(--line); height: var(--line); padding: 0 .5rem 0 0; white-space: nowrap; }
  .descriptors .number { text-align: right; }
  .descriptors td:first-child { padding: 0; width: 1.9rem; }
  .descriptors .text { padding-right: 0; width: 100%; max-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--ink2); white-space: pre; }
  .descriptors tbody tr { cursor: pointer; }
  .descriptors tr.held td { background: var(--now-t); }
  .descriptors tr.free :is(td, .address) { color: var(--ink3); }
  .descriptors tr[aria-selected='true'] td { box-shadow: inset 0 -1px var(--gv-fg), inset 0 1px var(--gv-fg); }
  .descriptors tr:focus-visible { outline-offset: -2px; }
  .descriptors .inner .index { padding-left: .7rem; color: var(--ink2); }
  .index { text-align: right; }
  .flags { letter-spacing: .25em; font-weight: 600; }
  .flags .off { font-weight: 400; }
  .gutter { display: block; width: 1.875rem; height: var(--line); }
  .link { fill: none; stroke: var(--gv-fg); stroke-width: 1; vector-effect: non-scaling-stroke; }
  .arrow { fill: var(--gv-fg); }
  :is(.link, .arrow).returned { stroke: var(--rule-strong); }
  .arrow.returned { fill: var(--rule-strong); stroke: none; }
  .owner { display: inline-grid; place-items: center; width: .95rem; height: .95rem; border: 1px solid var(--gv-fg); font: 600 .5625rem/1 var(--gv-sans); }
  .owner:is(.posted, .held) { border-radius: 50%; }
  .owner.free { border-color: var(--rule-strong); color: var(--ink3); }
  .owner:is(.held, .returned) { background: var(--gv-fg); color: var(--gv-bg); }
  .legend { display: flex; flex-wrap: wrap; gap: .1rem var(--s3); padding: .35rem 0 0; font-size: var(--t-small); color: var(--ink2); line-height: 1.15rem; }
  .legend span { white-space: nowrap; }
  .log { flex: 1 1 0; min-height: 0; contain: size; overflow: hidden; margin-top: .4rem; font-size: var(--t-small); color: var(--ink2); }
  .log { display: flex; flex-direction: column; }
  .log ol { flex: 1; min-height: 0; display: flex; flex-flow: column wrap; overflow: hidden; }
  .log li { width: 100%; }
  .log h3 { line-height: 1.3rem; border-bottom: 1px solid var(--rule2); }
  .log button { display: flex; gap: .7rem; width: 100%; line-height: 1.2rem; min-height: 1.5rem; align-items: center; white-space: nowrap; }
  .log button:hover { color: var(--gv-fg); }
  .log .at { font-family: var(--gv-mono); min-width: 3.6rem; text-align: right; }
  .log .now { color: var(--gv-now); }
  .loupe { flex: none; border-top: 1px solid var(--rule); padding: .2rem 0; font-size: var(--t-small); min-height: 4rem; }
  .loupe .title { display: flex; align-items: center; flex-wrap: wrap; gap: 0 .6rem; line-height: 1.4rem; }
  .loupe pre { font: 400 var(--t-mono)/1.1rem var(--gv-mono); font-variant-ligatures: none; white-space: pre; overflow: hidden; text-overflow: ellipsis; max-height: 2.2rem; }
  @media (min-height: 860px) { .loupe pre { max-height: 4.4rem; } .loupe { min-height: 6.2rem; } }
  .loupe pre i, .loupe .nothing { color: var(--ink3); }
  .then { flex: none; border-top: 1px solid var(--rule); padding: .35rem 0; display: flex; gap: .6rem; align-items: baseline; font: 400 var(--t-lead)/1.35 var(--gv-serif); text-wrap: pretty; }
  .then b { font: 600 var(--t-small)/1.35 var(--gv-sans); flex: none; }
  .foot { display: flex; align-items: center; gap: 0 var(--s4); min-height: 1.75rem; border-top: 1px solid var(--rule); flex: none; }

  .twin { display: grid; gap: var(--s4); overflow: auto; }
  .twin caption { text-align: left; font: 600 var(--t-body)/1.6rem var(--gv-sans); }
  .twin .text { white-space: pre; }
  .twin .pair { display: flex; flex-wrap: wrap; gap: var(--s4) var(--s8); align-items: start; }
  .twin .records { justify-self: start; }

  @container virtio (max-width: 30rem) { .side .title { flex-wrap: wrap; gap: 0 .4rem; } }
  @container virtio (min-width: 56rem) { .queue { grid-template-columns: 12rem minmax(0, 1fr) 12rem; column-gap: var(--s6); } .ring { max-width: 11rem; } }
  /* Where the root layer is open under it. */
  @container virtio (max-height: 26rem) and (min-width: 40rem) {
    .loupe, .legend { display: none; }
    .ring { max-width: 7.2rem; }
    .fault ~ .place-of .ring { display: none; }
  }
  @container virtio (max-width: 40rem) {
    .place-of { overflow: auto; display: block; }
    .queue { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto; row-gap: var(--s3); }
    .centre { grid-column: 1 / -1; order: 3; }
    .log { contain: none; flex: none; height: 9rem; }
    .loupe pre { font-size: min(var(--t-mono), 2.9cqi); }
    .facts .open { grid-template-columns: 1fr; max-height: none; }
    .foot { flex-wrap: wrap; }
  }
  /* Three columns on a middling window: the table first, each ring beside its words. */
  @container virtio (max-width: 40rem) and (min-height: 1rem) {
    .centre { order: -1; }
    .side { display: grid; grid-template-columns: 6rem minmax(0, 1fr); column-gap: .5rem; align-items: start; }
    .side .title { grid-column: 1 / -1; }
    .ring { max-width: 6rem; }
    .words .note, .log, svg .mod { display: none; }
    svg .raw { font-size: 22px; }
    svg .name { font-size: 15px; }
  }
  @container virtio (max-width: 40rem) and (max-height: 26rem) { .loupe, .legend { display: none; } }
  :host([layout='phone']) :is(.place-of, .table) { overflow: visible; }
  .facts .note { white-space: nowrap; }
  :host([layout='phone']) .descriptors .zero { display: none; }
`;
