import { css } from 'lit';

/** Styles of the TLB: cells and bars on one ruling, ink for what is there, dashes for what is free, a stroke through what went. */
export const TLB_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: tlb / inline-size; }
  .scroll { flex: 1; min-height: 0; overflow: auto; scrollbar-width: thin; }
  .tick { font: 400 var(--t-mono)/1.2 var(--gv-mono); }
  .serif { font: 400 var(--t-lead)/1.42 var(--gv-serif); padding: var(--s2) 0; text-wrap: pretty; }
  .lens { padding: var(--s2) 0; border-bottom: 1px solid var(--rule2); font-size: var(--t-small); line-height: 1.5rem; }
  .lens .answer { padding-left: .4rem; }
  .stale, .says { text-decoration: underline double; text-underline-offset: 3px; }
  .says { font: 600 var(--t-small)/1 var(--gv-sans); }

  /* The small one: two halves of cells. */
  .halves { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: var(--s2) var(--s4); padding: var(--s2) 0; }
  .grid { width: 100%; table-layout: fixed; border-spacing: 0; }
  .grid th { font: 400 var(--t-small)/1.25rem var(--gv-sans); color: var(--ink2); text-align: left; padding: 0 0 0 .35rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .grid th.set { width: 1rem; padding: 0; font-family: var(--gv-mono); color: var(--ink3); }
  .grid td { padding: 1px; height: 2.125rem; vertical-align: top; }
  .cell { display: flex; flex-direction: column; justify-content: center; width: 100%; min-height: 2rem; padding: 0 .3rem; border: 1px solid var(--rule-strong); text-align: left; overflow: hidden; line-height: .95rem; }
  .grid .bare td { height: 1rem; }
  .grid .bare th { line-height: 1rem; }
  .bare .cell { min-height: .9rem; }
  .cell.free { border: 1px dashed var(--rule-strong); opacity: .6; }
  .cell.free.went { opacity: 1; }
  .legend { display: flex; flex-wrap: wrap; gap: 0 var(--s4); padding-bottom: var(--s1); }
  .cell .line { display: flex; align-items: center; gap: .3rem; white-space: nowrap; overflow: hidden; min-width: 0; }
  .cell .line > * { flex: none; }
  .cell .address { font-size: var(--t-small); }
  .to { color: var(--ink3); padding: 0 .1rem; }
  .tags { font: 400 var(--t-micro)/.9rem var(--gv-mono); font-variant-ligatures: none; color: var(--ink2); }
  .tags .says { font-size: var(--t-micro); }
  .tags .next { margin-left: auto; font: 600 var(--t-small)/.9rem var(--gv-sans); }
  button.cell:hover { background: var(--sunk); }
  .cell.under { background: var(--now-t); }
  .cell.new { border-color: var(--gv-now); box-shadow: inset 2px 0 var(--gv-now); }
  .cell.stale { border: 3px double var(--gv-fg); text-decoration: none; padding: 0 .2rem; }
  .went, .went .by { font-size: var(--t-micro); color: var(--ink2); }
  .cell.free.went { border-color: var(--rule-strong); }
  s { text-decoration-thickness: 1.2px; }
  .went s .address { font-size: var(--t-micro); }
  .by { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  @media (prefers-reduced-motion: no-preference) {
    .new { animation: come var(--gv-anim-ms) var(--ease); }
    .cell.went > *, .gone tr { animation: go var(--gv-anim-ms) var(--ease); }
  }
  @keyframes come { from { transform: translateX(-.75rem); } }
  @keyframes go { from { transform: translateX(-.5rem); } }

  /* The large one: how full its sets are. */
  .strips { display: grid; gap: var(--s2); padding: var(--s3) 0 var(--s2); }
  .strip { display: grid; grid-template-columns: 11rem minmax(0, 1fr); align-items: start; column-gap: var(--s3); }
  .strip .name { display: grid; font-size: var(--t-small); line-height: 1rem; }
  .strip svg { display: block; width: 100%; height: 1.9rem; cursor: pointer; touch-action: manipulation; }
  .strip .ground { fill: none; stroke: var(--rule); vector-effect: non-scaling-stroke; stroke-dasharray: 3 3; }
  .strip .way { stroke: var(--rule2); vector-effect: non-scaling-stroke; }
  .strip .scale { stroke: var(--rule-strong); vector-effect: non-scaling-stroke; }
  .strip .bar { fill: var(--gv-fg); }
  .strip .bar.under { fill: var(--gv-gva); }
  .strip .bar.new { fill: var(--gv-now); animation: none; }
  .strip .bar.chosen { stroke: var(--gv-now); stroke-width: 2; vector-effect: non-scaling-stroke; }
  .strip .gone { fill: none; stroke: var(--gv-now); vector-effect: non-scaling-stroke; stroke-dasharray: 2 2; }

  .two { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); column-gap: var(--s6); }
  .beside h2 { line-height: 1.75rem; border-bottom: 1px solid var(--rule2); }
  .sections { border-bottom: 1px solid var(--rule2); gap: 0 var(--s4); flex-wrap: wrap; }
  .sections button { min-height: 1.75rem; }
  .count { font-weight: 400; color: var(--ink3); }
  .section { padding: var(--s1) 0 var(--s3); }
  .wide { overflow-x: auto; scrollbar-width: thin; }
  .wide .records { width: 100%; }
  .wide .records :is(th, td):nth-child(2) { width: 100%; }
  .tools { display: flex; align-items: center; flex-wrap: wrap; gap: 0 var(--s4); min-height: 1.75rem; font-size: var(--t-small); }
  select { font: 400 var(--t-small)/1.5rem var(--gv-sans); color: inherit; background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; min-height: 1.5rem; }
  .pager { display: flex; gap: var(--s3); align-items: center; }
  .section .records :is(td, th) { padding-right: .8rem; }
  .section .records thead th { line-height: 1.3rem; }
  .section .records tbody tr:not(.group) > th { font: 400 var(--t-small)/var(--line) var(--gv-sans); }
  .records tbody tr { height: 1.5rem; }
  .records tbody th { text-align: left; white-space: nowrap; }
  .records tr[tabindex]:focus-visible { outline-offset: -2px; }
  .records .group th { font: 400 var(--t-small)/1.5rem var(--gv-sans); color: var(--ink2); text-align: left; border-bottom: 1px solid var(--rule2); }
  .records .group .address { font-size: inherit; }
  .records .new > * { background: var(--now-t); }
  .records mark { font: 400 var(--t-small)/1 var(--gv-sans); margin-left: .3rem; }
  .lost { color: var(--gv-fg); font-weight: 600; }
  .kept { color: var(--ink3); }
  :is(.lost, .kept) { white-space: nowrap; font-size: var(--t-small); font-family: var(--gv-sans); }
  .tags :is(.lost, .kept) { font-size: var(--t-micro); }

  .since { padding: .2rem 0; }
  .lens-hit { line-height: 1.5rem; font-size: var(--t-small); }
  .events button { display: grid; grid-template-columns: minmax(3.4rem, auto) 1rem minmax(0, 1fr); column-gap: .5rem; width: 100%; min-height: 1.5rem; align-items: center; font-size: var(--t-small); line-height: 1.25; padding: .15rem .4rem; }
  .events button:hover { background: var(--sunk); }
  .events .now { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
  .events .idle { color: var(--ink3); }
  .events .at { font-family: var(--gv-mono); color: var(--ink3); text-align: right; }
  .events .sign { font-weight: 600; text-align: center; }
  .events .address { font-size: inherit; }
  .events .eviction .what > .address:first-child { text-decoration: line-through; }

  .bars { margin: var(--s1) 0 var(--s2); }
  .bars figcaption { font-size: var(--t-small); color: var(--ink2); }
  .bars svg { display: block; width: 100%; height: 3.5rem; cursor: pointer; }
  .bars .walked { fill: var(--gv-fg); }
  .bars .lost { fill: none; stroke: var(--gv-fg); stroke-width: 1; vector-effect: non-scaling-stroke; }
  .bars .ahead { opacity: .45; }
  .bars .base { stroke: var(--rule-strong); vector-effect: non-scaling-stroke; }
  .bars .now { stroke: var(--gv-now); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
  .under { display: flex; justify-content: space-between; font: 400 var(--t-micro)/1.2 var(--gv-mono); color: var(--ink3); }
  .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: var(--s2) var(--s8); align-items: start; padding-bottom: var(--s2); }
  .sums > div { display: flex; justify-content: space-between; gap: var(--s3); font-size: var(--t-small); line-height: 1.25rem; }
  .sums dt { color: var(--ink2); }
  .sums dd, .number { font-family: var(--gv-mono); text-align: right; }
  .sums .rule { border-top: 1px solid var(--rule2); }
  .who { width: 100%; }
  .records .number { text-align: right; padding-right: 0; padding-left: var(--s4); }
  .who tbody th { font-family: var(--gv-sans); font-size: var(--t-small); width: 100%; white-space: normal; }

  .vpid p { font-size: var(--t-small); line-height: 1.45; padding: .2rem 0; max-width: 46rem; }
  .vpid .serif { font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  .pair { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .2rem var(--s3); align-items: center; font-size: var(--t-small); padding: .2rem 0 .4rem; }
  .pair dd { display: grid; grid-template-columns: minmax(0, 1fr) 13rem; gap: var(--s3); align-items: center; }
  .pair svg { display: block; width: 100%; height: .75rem; }
  .pair .ours { fill: var(--gv-fg); }
  .pair .other { fill: none; stroke: var(--gv-fg); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
  .vpid .unlike { border-left: 3px double var(--gv-fg); padding-left: var(--s2); }

  .foot { display: flex; align-items: center; flex-wrap: wrap; gap: 0 var(--s4); min-height: 1.75rem; border-top: 1px solid var(--rule); flex: none; font-size: var(--t-small); }

  @container tlb (max-width: 38rem) {
    .halves { grid-template-columns: minmax(0, 1fr); }
    .strip { grid-template-columns: minmax(0, 1fr); }
    .strip .name { display: flex; gap: var(--s3); }
    .pair { grid-template-columns: minmax(0, 1fr); }
    .pair dd { grid-template-columns: minmax(0, 1fr); gap: 0; }
  }
`;
