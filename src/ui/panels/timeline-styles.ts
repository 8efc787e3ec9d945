import { css } from 'lit';

/** Styles of the timeline: labels at the left, one drawing at the right; where there are more rows than room, they scroll beneath the scale. */
export const TIMELINE_STYLES = css`
  :host { position: relative; display: grid; grid-template-columns: 7.75rem minmax(0, 1fr); align-content: start; overflow: hidden auto; scrollbar-width: thin; }
  .labels { display: flex; flex-direction: column; font-size: var(--t-small); color: var(--ink2); min-width: 0; }
  .labels > span { height: var(--track, 18px); line-height: var(--track, 18px); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-right: .4rem; }
  .labels > .empty { color: var(--ink3); }
  .labels .pin { min-width: .8rem; height: .8rem; margin-right: .3rem; vertical-align: -.1rem; }
  .labels .mono { font-size: var(--t-micro); }
  .zoom { display: flex; align-items: center; height: 1.875rem; position: sticky; top: 0; background: var(--gv-bg); z-index: 2; padding-right: .4rem; }
  .zoom span { flex: 1; color: var(--ink3); }
  .zoom button { width: 1.5rem; height: 1.5rem; text-align: center; color: var(--ink2); border-radius: var(--gv-radius); font-size: var(--t-body); line-height: 1; }
  .zoom button:hover { background: var(--sunk); color: var(--gv-fg); }
  .caret { display: inline-block; width: .4rem; height: .4rem; border: solid var(--ink2); border-width: 1.2px 0 0 1.2px; transform: translateY(.1rem) rotate(45deg); }
  [aria-pressed='true'] .caret { transform: translateY(-.1rem) rotate(225deg); }
  .tracks { touch-action: none; user-select: none; cursor: pointer; min-width: 0; }
  .tracks:focus-visible { outline-offset: -1px; }
  .top { position: sticky; top: 0; background: var(--gv-bg); z-index: 1; }
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
  .picked { fill: var(--gv-fg); fill-opacity: .09; stroke: var(--gv-fg); stroke-dasharray: 3 2; }
  :is(.mark, .bar, .cross, .refused) { stroke: var(--gv-fg); stroke-width: 1.2; fill: none; }
  .double { stroke: var(--gv-fg); fill: none; }
  :is(.block, .dot) { fill: var(--gv-fg); }
  .word { fill: var(--gv-fg); }
  .hot { font-weight: 600; }
  .future { opacity: .45; }
  .later { fill: var(--ink3); }
  .lost { stroke: var(--rule-strong); stroke-dasharray: 1 4; }
  .end { stroke: var(--ink3); stroke-dasharray: 2 3; }
  .now { stroke: var(--gv-now); stroke-width: 1.5; pointer-events: none; }
  .tag { fill: var(--gv-now); }
  text.tag-text { fill: var(--on-now); font-weight: 600; }
  :is(line, rect) { vector-effect: non-scaling-stroke; }
  .sums { position: absolute; top: 0; right: var(--s4); z-index: 3; display: flex; align-items: center; background: var(--gv-bg); padding-left: var(--s2); font-size: var(--t-small); color: var(--ink2); height: 1.9rem; max-width: calc(100% - 2 * var(--s4)); }
  .sums span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .sums button { width: 1.5rem; height: 1.5rem; text-align: center; flex: none; }
  [popover] { position: fixed; inset: auto auto 3rem var(--s4); margin: 0; width: min(36rem, calc(100vw - 2 * var(--s4))); max-height: calc(100dvh - 4rem); overflow: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s4) var(--s3); }
  [popover] li { display: grid; grid-template-columns: 8rem minmax(0, 1fr); align-items: baseline; font-size: var(--t-small); padding: .1rem 0; }
  [popover] li > span { color: var(--ink2); line-height: 1.35; }
  [popover] .pins { padding-left: 1.15rem; }
  [popover] .tick-box b { color: var(--gv-fg); }
  [popover] p { font-size: var(--t-small); color: var(--ink2); padding-top: .35rem; line-height: 1.35; }
  :host(:is([layout='phone'], [brief])) { display: block; }
  :host(:is([layout='phone'], [brief])) :is(.labels, .near, .scale) { display: none; }
  :host(:not([layout='desk'], [layout='narrow'])) .taller { visibility: hidden; }
  :host(:is([layout='phone'], [brief])) .all { height: 1.5rem; padding-top: .375rem; }
  .scroll { overflow: auto; max-height: var(--room, 5.2rem); }
  :host(:is([layout='phone'], [brief])) .scroll { max-height: 8rem; }
  caption { text-align: left; font: 600 var(--t-small)/1.3rem var(--gv-sans); }
  .records th { line-height: 1.2rem; }
  .records .sans { font: 400 var(--t-small)/var(--line) var(--gv-sans); }
  .records th .link { min-height: 1.5rem; }
`;
