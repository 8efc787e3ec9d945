import { css } from 'lit';

/** Styles of the balloon's panel. Green is host memory, as everywhere; hatched is what the host has taken. */
export const BALLOON_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: balloon / inline-size; }
  .scroll { flex: 1; min-height: 0; overflow: auto; scrollbar-width: thin; }
  .host { padding: .3rem 0 .35rem; border-bottom: 1px solid var(--rule-strong); }
  .host h2, .vm h2 { line-height: 1.5rem; display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; }
  .host .note, .vm .note { font-weight: 400; }
  .vms { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: 0 var(--s5); }
  .vm { min-width: 0; padding: .3rem 0 .6rem; }
  .gauge { padding-top: .1rem; }
  .bar { display: block; width: 100%; height: 18px; overflow: visible; }
  .piece.used { fill: var(--ink2); }
  .piece.own, .piece.resident { fill: var(--gv-hpa); stroke: var(--gv-bg); stroke-width: 1; }
  .piece.shared { fill: var(--gv-hpa-t); stroke: var(--gv-hpa); }
  .piece.free, .piece.empty { fill: none; stroke: var(--rule-strong); }
  .piece.ballooned, .piece.touched { fill: url(#hatch); stroke: var(--ink3); }
  .piece.touched { stroke: var(--gv-hpa); stroke-width: 2; }
  .mark { stroke: var(--gv-fg); stroke-width: 2; }
  .legend { display: flex; flex-wrap: wrap; gap: 0 .7rem; font-size: var(--t-small); color: var(--ink2); line-height: 1.2rem; padding-top: .2rem; }
  .legend span { white-space: nowrap; display: inline-flex; align-items: center; gap: .3rem; }
  .legend b { color: var(--gv-fg); font-weight: 600; }
  .sample { width: 10px; height: 10px; flex: none; overflow: visible; }
  .swatch { width: .75rem; height: .75rem; flex: none; }
  .legend .view { color: var(--ink2); }
  .legend .view:empty { display: none; }
  .asked { padding-top: .2rem; display: flex; flex-wrap: wrap; gap: 0 var(--s4); align-items: baseline; font-size: var(--t-small); line-height: 1.3rem; }
  .asked dt { color: var(--ink2); display: inline; }
  .asked dd { display: inline; font: 600 var(--t-mono)/1.3rem var(--gv-mono); padding-left: .25rem; }
  .asked .said { color: var(--ink2); margin-left: auto; line-height: 1.2; }
  .commands { display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--s4); padding-top: .2rem; font-size: var(--t-small); }
  .commands form { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .5rem; min-width: 0; }
  .commands label { color: var(--ink2); white-space: nowrap; }
  .commands input { font: 400 var(--t-mono)/1.2rem var(--gv-mono); color: var(--gv-fg); background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); min-height: 1.5rem; width: 3.6rem; text-align: right; }
  .mosaic { display: block; width: 100%; margin: .4rem 0 .2rem; max-height: 15rem; }
  .mosaic .outline, .swatch .outline { fill: none; stroke: var(--rule); stroke-width: 1; }
  .mosaic .frame, .swatch .frame { fill: var(--gv-hpa); }
  .mosaic .framed, .swatch .framed { fill: var(--gv-hpa-t); stroke: var(--gv-hpa); stroke-width: 1.5; }
  .hatching { fill: none; stroke: var(--ink3); stroke-width: 1; }
  .facts { border-top: 1px solid var(--rule); margin-top: .4rem; font-size: var(--t-small); line-height: 1.35; }
  .facts > div { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: var(--s2); padding: .2rem 0; border-bottom: 1px solid var(--rule2); }
  .facts dt { color: var(--ink2); }
  .facts dd { text-wrap: pretty; }
  .facts dd > span { display: flex; justify-content: space-between; gap: var(--s2); }
  .facts .mono { white-space: nowrap; }
  .many .facts > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .many .facts br { display: none; }
  .many .legend { min-height: 2.4rem; align-content: end; }
  .many .said { flex-basis: 100%; }
  .foot { display: flex; flex: none; align-items: center; gap: 0 var(--s5); min-height: 1.75rem; border-top: 1px solid var(--rule); font-size: var(--t-small); color: var(--ink2); white-space: nowrap; overflow: hidden; }
  .kinds { display: flex; gap: 0 var(--s4); overflow: hidden; }
  .kinds span { display: inline-flex; align-items: center; gap: .3rem; }
  .plain { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  .sub { font: 600 var(--t-small)/1.6rem var(--gv-sans); line-height: 1.6rem; padding-top: .4rem; color: var(--ink2); }
  .sans { font: 400 var(--t-small)/var(--line) var(--gv-sans) !important; }
  .number { text-align: right; }
  @container balloon (max-width: 33rem) {
    .foot { flex-wrap: wrap; white-space: normal; padding: .2rem 0; }
    .kinds { flex-wrap: wrap; }
    .facts > div { grid-template-columns: 6.5rem minmax(0, 1fr); }
  }
`;
