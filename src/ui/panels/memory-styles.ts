import { css } from 'lit';

/** Styles of the memory panel. Three marks that can stand on one byte: dotted above is read, a box is written, a bar beneath is executed; they pale with age. */
export const MEMORY_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: memory / inline-size; }
  .tools { display: flex; flex-wrap: wrap; align-items: center; gap: .15rem var(--s4); padding: .3rem 0; flex: none; font-size: var(--t-small); }
  .tools .tabs { gap: .55rem; }
  .tools .tabs button { font-size: var(--t-small); text-align: center; }
  .tools form { display: flex; }
  .tools label { color: var(--ink2); white-space: nowrap; }
  .tools input:not([type=checkbox]) { width: 11.5rem; font: 400 var(--t-mono)/1.5rem var(--gv-mono); color: var(--gv-fg); background: none; border: 0; border-bottom: 1px solid var(--rule-strong); padding: 0 .2rem; min-height: 1.5rem; border-radius: 0; }
  .tools input::placeholder { color: var(--ink3); font-family: var(--gv-sans); font-size: var(--t-small); }
  .tools [aria-invalid='true'] { border-bottom: 3px double var(--gv-fg); }
  .heat { display: flex; align-items: center; gap: .5rem; }

  .strip-line { display: flex; align-items: center; gap: .6rem; padding: .1rem 0 .35rem; flex: none; border-bottom: 1px solid var(--rule); font-size: var(--t-small); color: var(--ink3); white-space: nowrap; }
  .strip-line .address { font-size: var(--t-small); }
  .strip { flex: 1; min-width: 0; height: 1.5rem; cursor: pointer; overflow: visible; }
  .strip .floor { stroke: var(--rule-strong); stroke-width: 1px; vector-effect: non-scaling-stroke; }
  .strip .held { fill: var(--rule-strong); }
  .strip .known { fill: var(--gv-fg); }
  .strip .touched { stroke: var(--gv-fg); stroke-width: 2px; vector-effect: non-scaling-stroke; }
  .strip .window { fill: none; stroke: var(--gv-now); stroke-width: 2px; vector-effect: non-scaling-stroke; }

  .scroll { flex: 1; min-height: 10rem; overflow: hidden auto; scrollbar-width: thin; padding: .2rem 0; }
  .grid { font: 400 var(--t-mono)/1.25rem var(--gv-mono); font-variant-ligatures: none; }
  .row { display: flex; gap: 1ch; white-space: pre; height: 1.25rem; }
  .where { flex: none; width: 12.4ch; }
  .cells { display: flex; flex: none; }
  .cell { position: relative; width: 2.95ch; text-align: center; cursor: cell; }
  .c16 .cell:nth-child(8n + 9) { margin-left: 1ch; }
  .cell .hex { position: relative; }
  .zero-cell, .none { color: var(--ink3); }
  .starts::before { content: ''; position: absolute; left: 0; top: .28rem; height: .28rem; border-left: 1px solid var(--ink3); }
  .chosen { background: var(--sunk); box-shadow: inset 0 0 0 1px var(--rule-strong); }
  .letters .chosen { box-shadow: none; }
  .cell[tabindex='0'] { background: var(--gv-fg); color: var(--gv-bg); }
  .cell:focus-visible { outline-offset: 1px; z-index: 1; }
  .changed { background: var(--gv-changed); }
  .changed .hex { text-decoration: underline; text-underline-offset: 2px; }
  .changed.cell[tabindex='0'] { color: var(--gv-changed); background: var(--gv-fg); }
  .watched .hex { font-weight: 600; text-decoration: underline double; text-underline-offset: 2px; }
  /* Heat: the longer ago, the paler. */
  .hex::before, .hex::after { content: ''; position: absolute; pointer-events: none; }
  .r1 .hex, .w1 .hex, .x1 .hex, .r2 .hex, .w2 .hex, .x2 .hex, .r3 .hex, .w3 .hex, .x3 .hex { padding: 0 1px; }
  .hex::before { inset: 0 -1px auto; border-top: 2px dotted transparent; top: .02rem; }
  .r3 .hex::before { border-color: var(--gv-fg); } .r2 .hex::before { border-color: var(--ink3); } .r1 .hex::before { border-color: var(--rule-strong); }
  .hex::after { inset: -1px -2px; }
  .w3 .hex::after { border: 1px solid var(--gv-fg); } .w2 .hex::after { border: 1px solid var(--ink3); } .w1 .hex::after { border: 1px solid var(--rule-strong); }
  .x3 { box-shadow: inset 0 -2px var(--gv-fg); } .x2 { box-shadow: inset 0 -2px var(--ink3); } .x1 { box-shadow: inset 0 -2px var(--rule-strong); }
  /* Under the cursor all is in reverse. */
  .cell[tabindex='0']:is(.r1, .r2, .r3) .hex::before, .cell[tabindex='0'] .hex::after { border-color: currentColor; }
  .cell[tabindex='0']:is(.x1, .x2, .x3) { box-shadow: inset 0 -2px var(--gv-fg), inset 0 -3px var(--gv-bg); }
  .letters { flex: none; color: var(--ink2); }
  .letters span { display: inline-block; width: 1ch; text-align: center; }
  .names { display: flex; gap: .5rem; min-width: 0; overflow: hidden; align-items: center; font: 400 var(--t-small)/1.25rem var(--gv-mono); }
  .name { overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
  .name.register { flex: none; border: 1px solid var(--gv-gva); border-radius: .5rem; color: var(--gv-gva); line-height: .95rem; padding: 0 .3rem; font-weight: 600; }
  .name.symbol { color: var(--gv-gva); }

  /* A whole page. */
  .whole { height: calc(100% - 1.6rem); min-height: 16rem; border: 1px solid var(--rule); cursor: cell; }
  .whole:focus-visible { outline-offset: -1px; }
  .page { width: 100%; height: 100%; display: block; overflow: visible; }
  .page .data, .page .text { fill: var(--rule-strong); }
  .page .nothing { stroke: var(--rule); stroke-width: 1px; vector-effect: non-scaling-stroke; fill: none; }
  .page .mark { fill: var(--gv-fg); }
  .page .at { fill: none; stroke: var(--gv-now); stroke-width: 2.5px; vector-effect: non-scaling-stroke; }
  .names.below { flex-wrap: wrap; height: 1.5rem; gap: 0 var(--s4); }
  .foot { flex: none; border-top: 1px solid var(--rule); padding: .3rem 0; font-size: var(--t-small); min-height: 4.6rem; }
  .foot .address { font-size: var(--t-mono); }
  .what { display: flex; flex-wrap: wrap; gap: 0 var(--s5); align-items: baseline; min-height: 1.4rem; }
  .fact .address { font-size: var(--t-small); }
  .acts { display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--s4); color: var(--ink2); }
  .acts .link { color: var(--gv-fg); }

  .grid.u2 .cell { width: 5.3ch; } .grid.u4 .cell { width: 9.8ch; }
  .u2.c16 .cell:nth-child(8n + 9), .u4.c16 .cell:nth-child(8n + 9) { margin-left: 0; }
  .u2.c16 .cell:nth-child(4n + 5), .u4.c16 .cell:nth-child(2n + 3) { margin-left: 1ch; }
  @container memory (max-width: 44rem) { .where { width: 9ch; } .where .zero { display: none; } .where .address { display: block; } }
  @container memory (max-width: 38rem) {
    .scroll { flex: none; overflow: auto hidden; }
    /* A thumb's size. */
    .grid { line-height: 1.5rem; }
    .row { gap: .6ch; height: 1.5rem; }
    .where { width: 7.5ch; }
    .cell { width: 1.5rem; }
    .tools { gap: .15rem var(--s3); }
    .tools input:not([type=checkbox]) { width: 9rem; }
    .names { display: none; }
    .minor { display: none; }
  }
`;
