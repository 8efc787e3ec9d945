import { css } from 'lit';

/** Styles of the memory map: hue says which space, pattern what lies there. */
export const MAP_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: map / inline-size; }
  .head { height: auto; min-height: 1.9rem; gap: 0 var(--s5); flex-wrap: wrap; }
  .head .tabs { gap: var(--s3); }
  .ruler { position: relative; display: flex; }
  .ruler::before { content: ''; position: absolute; inset: .4rem 0 auto; border-top: 1px solid var(--rule-strong); }
  .ruler button { position: relative; color: var(--ink3); font-size: var(--t-small); padding: .7rem .55rem 0; line-height: 1.1rem; min-width: 1.5rem; white-space: nowrap; }
  .ruler button::before { content: ''; position: absolute; left: 50%; top: .4rem; height: 5px; border-left: 1px solid var(--rule-strong); }
  .ruler [aria-checked='true'] { color: var(--gv-fg); font-weight: 600; }
  .ruler [aria-checked='true']::before { width: 9px; height: 9px; top: calc(.4rem - 4px); border: 0; border-radius: 50%; background: var(--gv-fg); transform: translateX(-50%); }
  .place { flex: 1; min-height: 13rem; overflow: hidden; position: relative; }
  .place.list { overflow: auto; }
  svg { position: absolute; inset: 0; display: block; }
  .list-box { outline: none; }
  svg:has(.list-box:focus-visible) { outline: 2px solid var(--gv-fg); outline-offset: -2px; }
  text { font: 400 11px var(--gv-mono); fill: var(--ink2); font-variant-ligatures: none; pointer-events: none; }
  .title { font: 600 12.5px var(--gv-sans); fill: var(--gv-fg); }
  .more { font: 400 10px var(--gv-sans); fill: var(--ink2); }
  .word { font: 400 10px var(--gv-sans); }
  .spine { fill: none; stroke: var(--rule); }
  .rung { fill: none; stroke: var(--rule-strong); }
  .cell { cursor: pointer; }
  .box { stroke-width: 1; }
  .v .box { fill: var(--gv-gva-t); stroke: var(--gv-gva); } .v .first { fill: var(--gv-gva); }
  .g .box { fill: var(--gv-gpa-t); stroke: var(--gv-gpa); } .g .first { fill: var(--gv-gpa); }
  .h .box { fill: var(--gv-hpa-t); stroke: var(--gv-hpa); } .h .first { fill: var(--gv-hpa); }
  .io .box { fill: var(--gv-iova-t); stroke: var(--gv-iova); } .io .first { fill: var(--gv-iova); }
  .cell:is(.free, .unbacked, .open) .box { fill: var(--gv-bg); stroke-opacity: .55; }
  .cell:is(.unbacked, .open) .box { stroke-dasharray: 3 3; }
  .cell.ballooned .box { fill: var(--gv-bg); }
  .shared .box { stroke-width: 2.5; }
  .over { pointer-events: none; }
  .cell:hover .box, .spot .box { stroke-width: 2; stroke-opacity: 1; }
  .spot .box { stroke: var(--gv-fg); }
  pattern path, pattern circle { stroke: var(--rule-strong); fill: none; }
  pattern circle { fill: var(--rule-strong); stroke: none; }
  #root path { stroke: var(--gv-root); }
  .words text { paint-order: stroke; stroke: var(--gv-bg); stroke-width: 3px; stroke-linejoin: round; stroke-opacity: .85; }
  .ribbon { fill: var(--rule2); stroke: var(--rule); }
  .strand { fill: none; stroke: var(--rule-strong); stroke-width: .7; opacity: .4; }
  .ribbon.under { fill: var(--now-t); stroke: var(--gv-now); stroke-opacity: .45; }
  .strand.under { stroke: var(--gv-now); opacity: 1; }
  .fresh { fill: var(--gv-changed); stroke: var(--gv-fg); stroke-width: .6; transform-box: fill-box; transform-origin: left; animation: grow var(--gv-anim-ms) var(--ease); }
  .still .fresh { animation: none; }
  @keyframes grow { from { transform: scaleX(0); } }
  .rights, .end { paint-order: stroke; stroke: var(--gv-bg); stroke-width: 3px; stroke-linejoin: round; }
  .rights.new { font: 600 10px var(--gv-sans); fill: var(--gv-fg); text-decoration: underline; }
  .broken { fill: none; stroke: var(--rule-strong); stroke-dasharray: 3 3; }
  .end { fill: var(--ink2); }
  .end.refused { fill: var(--gv-fg); font-weight: 600; }
  .used { fill: var(--gv-bg); stroke: var(--ink2); stroke-width: 1; }
  .used.dirty { fill: var(--ink2); stroke: none; }
  .way { fill: none; stroke: var(--gv-now); stroke-width: 1.3; pointer-events: none; }
  .badge, .arrow { pointer-events: none; }
  .badge path { stroke: var(--gv-gva); stroke-dasharray: 2 2; fill: none; }
  .badge circle { fill: var(--gv-bg); stroke: var(--gv-gva); stroke-width: 1.2; }
  .badge text, .arrow { font: 600 10px var(--gv-sans); fill: var(--gv-gva); }
  .arrow { paint-order: stroke; stroke: var(--gv-bg); stroke-width: 3px; fill: var(--gv-fg); }
  .records :is(th, td) { padding-right: var(--s4); }
  .records .bar-name { font: 600 var(--t-body)/1.8rem var(--gv-sans); }
  .records .words { font: 400 var(--t-small)/var(--line) var(--gv-sans); }
  .foot { border-top: 1px solid var(--rule); min-height: 1.75rem; flex: none; display: flex; align-items: center; gap: 0 var(--s4); font-size: var(--t-small); color: var(--ink2); white-space: nowrap; }
  .foot .address { font-size: inherit; }
  .foot b { color: var(--gv-fg); }
  .foot .line { overflow: hidden; text-overflow: ellipsis; flex: 1; min-width: 0; }
  .foot .size { color: var(--ink3); }
  .legend { display: inline-flex; gap: .3rem; align-items: center; padding-left: .8rem; }
  .legend i { width: 4px; height: .7rem; border: 1px solid var(--ink2); }
  .legend .dirty { background: var(--ink2); }
  p { font: 400 var(--t-lead)/1.42 var(--gv-serif); padding: var(--s6) 0; }
  @container map (max-width: 42rem) {
    .ruler button { padding-inline: .35rem; }
    .legend { display: none; }
  }
  @container map (max-width: 33rem) {
    .place { min-height: 20rem; }
    .place.list { overflow: auto hidden; flex: none; }
    .head { justify-content: space-between; }
    .head .name { display: none; }
    .ruler { flex: 1; justify-content: space-between; }
    .foot { flex-wrap: wrap; white-space: normal; align-items: flex-start; padding: .3rem 0; }
    .foot .line { flex: 1 1 100%; min-height: 3.4rem; }
    .foot .line.short { min-height: 1.5rem; }
  }
`;
