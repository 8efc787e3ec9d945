import { css } from 'lit';

/** The viewer's frame and its compact walk. Two columns of words, then one for each level; under 30 rem the names stand above their rows. */
export const VIEWER_STYLES = css`
  :host { position: absolute; inset: 0; background: var(--gv-bg); color: var(--gv-fg); -webkit-font-smoothing: antialiased; container: viewer / size; }
  .page { height: 100%; display: flex; flex-direction: column; }
  gv-world-band { --band: 2.125rem; flex: none; }
  .head { flex: none; display: flex; align-items: center; gap: var(--s3); min-height: 2rem; height: auto; padding: 0 var(--s4); white-space: nowrap; overflow: hidden; }
  .instruction { display: flex; align-items: center; gap: .5rem; min-width: 0; }
  .instruction .mono { font-weight: 600; font-size: var(--t-body); overflow: hidden; text-overflow: ellipsis; }
  .count { color: var(--ink2); }
  .count b { color: var(--gv-fg); }
  .tabs { display: flex; gap: var(--s3); }
  .tabs button { color: var(--ink3); min-height: 1.5rem; }
  .tabs [aria-selected='true'] { color: var(--gv-fg); font-weight: 600; box-shadow: inset 0 -1.5px var(--gv-fg); }
  .middle { flex: 1; min-height: 0; min-width: 0; display: grid; grid-template: minmax(0, 1fr) / minmax(0, 1fr); }
  .middle.full { grid-template-columns: minmax(0, 1fr) 16.75rem; }
  .middle.taught { grid-template-columns: 18.5rem minmax(0, 1fr); }
  .middle.full.taught { grid-template: minmax(0, 1fr) minmax(0, 1fr) / 18.5rem minmax(0, 1fr); }
  .full.taught .lesson { grid-row: 1 / 3; }
  .aside { min-height: 0; min-width: 0; display: grid; grid-template-rows: minmax(0, 1fr) auto; gap: var(--s2); border-left: 1px solid var(--rule); padding: 0 var(--s4) var(--s2); overflow: auto; scrollbar-width: thin; }
  .full.taught .aside { border-left: 0; border-top: 1px solid var(--rule); }
  .aside gv-code { min-height: 9rem; overflow: hidden; }
  .lesson { min-height: 0; overflow: auto; scrollbar-width: thin; padding: 0 var(--s4) var(--s3); border-right: 1px solid var(--rule); }
  .lesson gv-lesson { padding: 0; }
  gv-source { flex: 1; min-height: 0; }
  gv-timeline { flex: none; height: 6.25rem; border-top: 1px solid var(--rule); padding: 0 var(--s4); }
  .panel gv-timeline { height: auto; border: 0; padding: 0; }
  .only .head { min-height: 1.75rem; }
  .stage { flex: 1; min-height: 0; min-width: 0; overflow: auto; padding: 0 var(--s4); display: grid; align-items: safe center; scrollbar-width: thin; }
  .panel { height: 100%; min-height: 0; display: flex; flex-direction: column; }
  .panel > * { flex: 1; min-height: 0; }
  .plain { color: var(--ink2); }
  .walk { --name: 8rem; --n: 5; padding: .3rem 0 .4rem; }
  .walk.flat { --n: 3; }
  .heads, .row { display: grid; grid-template-columns: var(--name) repeat(var(--n), minmax(0, 1fr)); }
  .heads { margin-bottom: .4rem; }
  .heads > b { border-bottom: 1px solid var(--rule); line-height: 1.35rem; }
  .row { min-height: 3.9rem; }
  .row:last-child { min-height: 5.05rem; }
  .name { display: flex; flex-direction: column; line-height: 1.1rem; padding-right: .5rem; }
  .name > b { line-height: 1.25rem; }
  .how { color: var(--ink3); font-size: var(--t-micro); white-space: nowrap; }
  .cell { position: relative; min-width: 0; }
  .dot { position: relative; z-index: 1; display: grid; place-items: center; width: 1.25rem; height: 1.25rem; border-radius: 50%; border: 1.2px solid var(--gv-fg); background: var(--gv-bg); font: 600 var(--t-small)/1 var(--gv-sans); transition: background-color var(--gv-anim-ms) var(--ease), color var(--m-quick); }
  .line { position: absolute; left: 1.25rem; right: 0; top: .6rem; border-top: 1.2px solid var(--gv-fg); }
  .guest .line { display: none; }
  .index { position: absolute; left: 1.65rem; top: .05rem; padding: 0 .25rem; background: var(--gv-bg); font: 400 var(--t-small)/1.15rem var(--gv-mono); color: var(--ink2); white-space: nowrap; }
  .guest .index { left: 1.35rem; }
  .guest .dot { background: var(--gv-fg); color: var(--gv-bg); }
  .again .dot { border-color: var(--rule-strong); color: var(--ink2); font-weight: 400; }
  .text { padding-top: 1px; line-height: 1.1rem; display: grid; grid-template-columns: auto 1fr; column-gap: .5rem; align-items: baseline; position: relative; }
  .text > .address, .again .note, .ahead .text > *, .reached .text > * { grid-column: 1 / 3; }
  .entry { font: 400 var(--t-mono)/1.1rem var(--gv-mono); color: var(--ink2); white-space: nowrap; }
  .bits { display: flex; gap: .35rem; font: 400 var(--t-small)/1.1rem var(--gv-mono); overflow: hidden; }
  .bits .on { font-weight: 600; }
  .bits .off, .bits .minor { display: none; }
  .bits .failed { background: var(--gv-fg); color: var(--gv-bg); padding: 0 .25rem; white-space: nowrap; order: 1; }
  .fault::before { content: ''; position: absolute; inset: -.35rem .42rem -.3rem -.4rem; border: 3px double var(--gv-fg); background: var(--sheet); }
  .fault .text { display: block; }
  .fault .text > * { display: block; }
  .fault .bits { display: flex; }
  .fault .index { background: none; z-index: 1; }
  .fault .line { display: none; }
  .fault .dot, .last:not(.fault) .dot { background: var(--gv-now); border-color: var(--gv-now); color: var(--on-now); font-weight: 600; }
  .ahead .dot { border: 1.2px dashed var(--rule-strong); background: var(--gv-bg); }
  .reached .dot { border-width: 1.2px; box-shadow: inset 0 0 0 3px var(--gv-bg), inset 0 0 0 9px var(--gv-fg); }
  .never { color: var(--ink2); font-size: var(--t-small); }
  .passed .note { position: absolute; top: 1.2rem; }
  .saved .cell:not(.reached), .saved .name { opacity: .55; }
  .why { flex: none; padding: .45rem var(--s4); border-top: 1px solid var(--rule); font: 400 .875rem/1.42 var(--gv-serif); text-wrap: pretty; max-height: 40%; overflow: auto; }
  .why :is(.mono, .address) { font-size: .82em; white-space: nowrap; }
  .trouble { flex: none; padding: .35rem var(--s4); border-top: 3px double var(--gv-fg); background: var(--sheet); }
  .transport { flex: none; display: flex; align-items: center; gap: var(--s3); height: 2.5rem; border-top: 1px solid var(--gv-fg); padding: 0 .5rem; white-space: nowrap; }
  .offer { border-top: 1px solid var(--rule); background: none; }
  .speed { font: 400 var(--t-small)/1.5 var(--gv-sans); color: var(--gv-fg); background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; min-height: 1.75rem; max-width: 9rem; }
  .icon { width: 1.75rem; height: 1.75rem; display: grid; place-items: center; border-radius: var(--gv-radius); flex: none; }
  .icon:hover:not(:disabled) { background: var(--sunk); }
  .icon:disabled { color: var(--rule-strong); }
  .icon svg { width: 1rem; height: 1rem; fill: currentColor; }
  .tick { display: flex; align-items: baseline; gap: .4rem; color: var(--ink3); font-size: var(--t-small); }
  .tick input { width: calc(var(--digits, 3) * 1ch + .6rem); text-align: center; font: 600 1rem/1.3 var(--gv-mono); color: var(--gv-fg); background: none; border: 0; border-bottom: 1.5px solid var(--gv-now); border-radius: 0; }
  .run { font-weight: 600; padding: 0 .6rem; height: 1.75rem; min-width: 2.75rem; text-align: center; border: 1px solid var(--gv-fg); border-radius: var(--gv-radius); }
  .run:hover:not(:disabled) { background: var(--sunk); }
  .run:disabled { border-color: var(--rule-strong); }
  .scale { position: relative; display: flex; }
  .scale::before { content: ''; position: absolute; inset: .55rem 0 auto; border-top: 1px solid var(--rule-strong); }
  .scale button { position: relative; color: var(--ink3); font-size: var(--t-small); padding: .85rem .42rem 0; line-height: 1.2rem; min-width: 1.5rem; }
  .scale button::before { content: ''; position: absolute; left: 50%; bottom: calc(100% - .55rem); height: 5px; border-left: 1px solid var(--rule-strong); }
  .scale button:nth-child(2)::before { height: 6px; }
  .scale button:nth-child(3)::before { height: 7px; }
  .scale button:nth-child(4)::before { height: 8px; }
  .scale button:nth-child(5)::before { height: 9px; }
  .scale [aria-checked='true'] { color: var(--gv-fg); font-weight: 600; }
  .scale button[role][aria-checked='true']::before { width: 9px; height: 9px; bottom: auto; top: calc(.55rem - 4px); border: 0; border-radius: 50%; background: var(--gv-fg); transform: translateX(-50%); }
  .transport .link { font-size: var(--t-small); color: var(--gv-fg); padding-right: .5rem; min-height: 1.5rem; align-content: center; }
  /* A sentence of three lines leaves the whole walk in sight. */
  @container viewer (max-height: 28rem) and (min-width: 30.01rem) {
    .walk { padding: 0 0 .1rem; }
    .heads { margin-bottom: .25rem; }
    .row { min-height: 3.75rem; }
    .fault::before { top: -.22rem; }
    .row:last-child { min-height: 4.9rem; }
    .why { padding-block: .35rem; line-height: 1.38; }
  }
  /* One beneath the other: what to do, what is seen, what is beside it. */
  @container viewer (max-width: 47.99rem) {
    .middle.full, .middle.taught, .middle.full.taught { display: flex; flex-direction: column; }
    .lesson { flex: none; max-height: 45%; border-right: 0; border-bottom: 1px solid var(--rule); }
    .middle.full { overflow: auto; }
    .full .stage { flex: none; overflow: visible; }
    .full .panel { height: 20rem; }
    .middle .aside { flex: none; display: block; border: 0; border-top: 1px solid var(--rule); overflow: visible; }
    .aside gv-code { height: 14rem; }
    .transport { flex-wrap: wrap; height: auto; min-height: 2.5rem; gap: 0 .25rem; padding-right: var(--s4); }
    .scale button { padding-inline: .3rem; }
    .transport .link { padding-right: 0; }
    .editable .open-in { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  }
  @container viewer (max-width: 36rem) {
    .walk { --name: 5.6rem; }
    .bits { display: none; }
    .fault .bits { display: flex; }
    .tick > span:first-child { display: none; }
  }
  @container viewer (max-width: 30rem) {
    .heads, .row { grid-template-columns: repeat(var(--n), minmax(0, 1fr)); }
    .heads > :first-child { display: none; }
    .heads { border-bottom: 1px solid var(--rule); }
    .heads > b { border: 0; font-size: var(--t-small); color: var(--ink2); }
    .fault .bits .on { display: none; }
    .name { grid-column: 1 / -1; flex-direction: row; gap: .5rem; align-items: baseline; padding: .2rem 0; }
    .name .how { margin-left: auto; }
    .row, .row:last-child { min-height: 4.6rem; }
    .index { padding: 0 .1rem; left: 1.35rem; }
    .stage { align-items: start; }
    .text > .address, .entry { font-size: var(--t-small); }
    .transport { flex-wrap: wrap; height: auto; padding-block: .3rem; }
    .open-in { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .why { font-size: .8125rem; max-height: 33%; }
  }
  @media (prefers-reduced-motion: reduce) { .dot { transition: none; } }
`;
