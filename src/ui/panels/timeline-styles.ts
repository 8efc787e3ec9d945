import { css } from 'lit';

/** Styles of the timeline: labels at the left, one drawing at the right. */
export const TIMELINE_STYLES = css`
  :host { display: grid; grid-template-columns: 4.9rem minmax(0, 1fr); align-content: start; overflow: hidden; }
  .labels { display: flex; flex-direction: column; font-size: var(--t-small); color: var(--ink2); }
  .labels > span { height: var(--track, 18px); line-height: var(--track, 18px); }
  .zoom { display: flex; align-items: center; height: 1.875rem; }
  .zoom span { flex: 1; color: var(--ink3); }
  .zoom button { width: 1.5rem; height: 1.5rem; text-align: center; color: var(--ink2); border-radius: var(--gv-radius); font-size: var(--t-body); line-height: 1; }
  .zoom button:hover { background: var(--sunk); color: var(--gv-fg); }
  .tracks { touch-action: none; cursor: pointer; min-width: 0; }
  .tracks:focus-visible { outline-offset: 1px; }
  svg { display: block; width: 100%; overflow: hidden; }
  text { font: 400 10px var(--gv-mono); fill: var(--ink3); }
  .base { stroke: var(--rule-strong); }
  .grid { stroke: var(--rule); }
  .row { stroke: var(--rule2); }
  .window { fill: none; stroke: var(--ink2); }
  .guest { fill: var(--gv-bg); stroke: var(--rule-strong); }
  .root { stroke: var(--gv-fg); }
  .stroke { stroke: var(--gv-fg); stroke-opacity: .42; }
  .bookmark { fill: var(--gv-fg); }
  .mark { stroke: var(--gv-fg); stroke-width: 1.2; }
  .flag text { fill: var(--gv-fg); }
  .hot text { font-weight: 600; }
  .future, .later .mark { opacity: .45; }
  .later text { fill: var(--ink3); }
  .end { stroke: var(--ink3); stroke-dasharray: 2 3; }
  .now { stroke: var(--gv-now); stroke-width: 1.5; pointer-events: none; }
  .tag { fill: var(--gv-now); }
  text.tag-text { fill: var(--on-now); font-weight: 600; }
  :is(line, rect) { vector-effect: non-scaling-stroke; }
  :host(:is([layout='phone'], [brief])) { display: block; }
  :host(:is([layout='phone'], [brief])) :is(.labels, .near) { display: none; }
  :host(:is([layout='phone'], [brief])) .all { height: 1.5rem; padding-top: .375rem; }
  .scroll { overflow: auto; max-height: 5.2rem; }
  :host([brief]) .scroll { max-height: 8rem; }
  caption { text-align: left; white-space: nowrap; font: 600 var(--t-small)/1.3rem var(--gv-sans); }
  .records th { line-height: 1.2rem; }
`;
