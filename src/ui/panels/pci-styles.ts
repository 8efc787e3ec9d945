import { css } from 'lit';

/** Styles of the PCI panel: the tree at the left, one function of it at the right. */
export const PCI_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: pci / inline-size; }
  .two { flex: 1; min-height: 0; display: grid; grid-template: minmax(0, 1fr) / minmax(10rem, 14rem) minmax(0, 1fr); }
  .tree { overflow: auto; scrollbar-width: thin; border-right: 1px solid var(--rule); padding: .4rem .5rem .4rem 0; }
  .tree li { display: flex; align-items: baseline; gap: .45rem; min-height: 1.5rem; line-height: 1.5rem; white-space: nowrap; cursor: pointer; padding-right: .25rem; position: relative; outline-offset: -2px; }
  .tree .mono { flex: none; color: var(--ink2); }
  .tree .name { overflow: hidden; text-overflow: ellipsis; color: var(--ink2); font-size: var(--t-small); }
  .tree .to { color: var(--ink3); font-size: var(--t-micro); margin-left: auto; flex: none; }
  .tree li:hover :is(.mono, .name) { color: var(--gv-fg); }
  .tree [aria-selected='true'] { box-shadow: inset 2px 0 var(--gv-fg); }
  .tree [aria-selected='true'] :is(.mono, .name) { color: var(--gv-fg); font-weight: 600; }
  /* The branch that a function hangs on. */
  .branch { flex: none; align-self: stretch; width: calc(1.1rem * var(--depth) + .3rem); position: relative; }
  .branch:not(.root)::before { content: ''; position: absolute; right: .15rem; top: 0; height: .75rem; width: .6rem; border: solid var(--rule-strong); border-width: 0 0 1px 1px; }
  .branch.more:not(.root)::after { content: ''; position: absolute; right: .75rem; width: 0; top: 0; bottom: 0; transform: translateX(.0rem); border-left: 1px solid var(--rule-strong); }
  .depth0 { --depth: 0; } .depth1 { --depth: 1; } .depth2 { --depth: 2; } .depth3 { --depth: 3; } .depth4 { --depth: 4; }
  .detail { min-width: 0; min-height: 0; display: flex; flex-direction: column; padding-left: var(--s4); }
  .sections { display: flex; align-items: stretch; height: 1.9rem; border-bottom: 1px solid var(--rule); flex: none; }
  .sections .tabs { flex: 1; min-width: 0; }
  .section { flex: 1; min-height: 0; overflow: auto; scrollbar-width: thin; padding: .3rem 0 .6rem; }
  .section h2 { font: 600 var(--t-small)/1.5rem var(--gv-sans); line-height: 1.5rem; padding-top: .45rem; color: var(--ink2); position: sticky; top: -1px; z-index: 2; background: var(--gv-bg); }
  .section .records thead th { top: 1.9rem; }
  .section h2 .note { font-weight: 400; }
  .section .who { color: var(--gv-fg); font-size: var(--t-body); font-weight: 600; padding-top: 0; }
  .section .who .mono { font-weight: 600; }
  .sans { font: 400 var(--t-small)/var(--line) var(--gv-sans) !important; }
  .identity { display: flex; flex-wrap: wrap; gap: 0 var(--s5); line-height: 1.4rem; font-size: var(--t-small); }
  .flags { padding-top: .3rem; }
  .flags > div { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: var(--s2); line-height: 1.3rem; border-top: 1px solid var(--rule2); padding: .1rem 0; }
  .flags dt { font-size: var(--t-small); color: var(--ink2); white-space: nowrap; }
  .flags dd { display: flex; flex-wrap: wrap; gap: 0 .8rem; font-size: var(--t-small); }
  .flags .on { font-weight: 600; }
  .flags .off { color: var(--ink3); }
  .sentence { font: 400 var(--t-lead)/1.42 var(--gv-serif); padding: .3rem 0 .4rem; max-width: 44rem; text-wrap: pretty; }
  .sentence .note { font: 400 var(--t-small)/1.4 var(--gv-sans); display: block; }

  .areas { display: flex; flex-wrap: wrap; gap: 0 var(--s4); padding-bottom: .3rem; }
  .areas button { min-height: 1.5rem; line-height: 1.5rem; color: var(--ink3); white-space: nowrap; font-size: var(--t-small); min-width: 1.5rem; }
  .areas button:hover { color: var(--gv-fg); }
  .areas [aria-checked='true'] { color: var(--gv-fg); font-weight: 600; box-shadow: inset 0 -1.5px var(--gv-fg); }
  .areas .mono { font-size: var(--t-small); }
  .area { min-width: 0; }
  .dump { padding-bottom: .4rem; font: 400 var(--t-mono)/1.35rem var(--gv-mono); font-variant-ligatures: none; }
  .bytes { display: flex; white-space: nowrap; }
  .bytes .note { width: 2.4rem; flex: none; line-height: inherit; font-family: var(--gv-mono); }
  .byte { flex: none; width: 1.55rem; text-align: center; position: relative; line-height: 1.2rem; margin-bottom: .15rem; }
  .byte:nth-child(9) { margin-right: .5rem; }
  .byte.known { border-bottom: 1px solid var(--rule-strong); }
  .byte.first::before { content: ''; position: absolute; left: 0; bottom: -1px; height: 4px; border-left: 1px solid var(--gv-fg); }
  .byte.null { color: var(--ink3); }
  .fields { width: 100%; }
  .fields .wide { white-space: normal; min-width: 9rem; font-family: var(--gv-sans); }
  .fields tbody :is(th, td) { vertical-align: top; }
  .fields th, .fields td { padding-right: var(--s3) !important; }
  .set span { display: inline-block; font: 600 var(--t-small)/1.1rem var(--gv-sans); margin-left: .5rem; }

  .register-words { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.6rem, 1fr)); gap: 0 var(--s4); padding: .2rem 0; }
  .register-words > div { display: grid; column-gap: .4rem; align-content: start; grid-template-columns: minmax(0, 1fr) auto; border-top: 1px solid var(--rule2); padding: .15rem 0 .2rem; }
  .register-words dt { font-size: var(--t-small); color: var(--ink2); line-height: 1.2rem; white-space: nowrap; }
  .register-words dd { line-height: 1.2rem; }
  .register-words dd.note { grid-column: 1 / -1; line-height: 1rem; }
  .rids { display: grid; grid-template-columns: repeat(auto-fill, minmax(17.5rem, 1fr)); gap: .15rem var(--s4); }
  .rids li { display: flex; align-items: center; gap: .5rem; line-height: 1.5rem; white-space: nowrap; }
  .rids .dot { display: grid; place-items: center; flex: none; width: 1.35rem; height: 1.35rem; border-radius: 50%; border: 1.2px solid var(--gv-fg); font: 600 var(--t-small)/1 var(--gv-sans); }
  .rids .pf .dot { background: var(--gv-fg); color: var(--gv-bg); font-size: var(--t-micro); }
  .rids .sum { color: var(--ink2); font-size: var(--t-small); }
  .absent .dot { border: 1.2px dashed var(--rule-strong); color: var(--ink3); }
  .absent b, .absent .sum { color: var(--ink3); font-weight: 400; }
  .slices { display: flex; flex-wrap: wrap; row-gap: .3rem; padding: .15rem 0 .3rem; }
  .slices li { display: flex; flex-direction: column; flex: 1 1 6.5rem; max-width: 10rem; min-width: 6.5rem; line-height: 1.3rem; }
  .slices .slice { display: grid; place-items: center; height: 1.6rem; border: 1px solid var(--gv-hpa); border-right-width: 0; background: var(--gv-hpa-t); font-size: var(--t-small); }
  .slices li:last-child .slice { border-right-width: 1px; }
  .slices .absent .slice { background: none; border-color: var(--rule-strong); border-style: dashed; }
  .slices .absent .address { opacity: 1; color: var(--ink3); }
  .partitions { display: flex; flex-direction: column; gap: .7rem; padding-top: .5rem; max-width: 46rem; }
  .partitions .line { display: flex; align-items: baseline; gap: .5rem; line-height: 1.3rem; }
  .here-mark { width: .4rem; height: .4rem; background: var(--gv-fg); align-self: center; }
  .share { display: block; width: 100%; height: 32px; overflow: visible; }
  .share .whole { fill: var(--rule2); }
  .share .allowed { fill: var(--rule); }
  .share .moved { fill: var(--gv-fg); }
  .share .least { stroke: var(--rule-strong); }
  .share .most { stroke: var(--gv-fg); }
  .share text { font: 400 var(--t-micro)/1 var(--gv-sans); fill: var(--ink2); }
  .foot { display: flex; flex: none; align-items: center; gap: 0 var(--s5); min-height: 1.75rem; border-top: 1px solid var(--rule); font-size: var(--t-small); color: var(--ink2); }
  .plain { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  @container pci (max-width: 46rem) { .byte { width: 1.3rem; } }
  @container pci (max-width: 38rem) {
    .areas .mono { display: none; }
    .flags > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  }
  @container pci (max-width: 33rem) {
    .two { display: block; overflow: auto; }
    .tree { border-right: 0; border-bottom: 1px solid var(--rule); max-height: 12rem; padding-right: 0; }
    .detail { padding-left: 0; }
    .section { overflow: auto hidden; }
    .byte { width: 1.12rem; font-size: var(--t-micro); }
    .byte:nth-child(9) { margin-right: .2rem; }
    .bytes .note { width: 1.7rem; font-size: var(--t-micro); }
    .rids { grid-template-columns: minmax(0, 1fr); }
    .fields thead { display: none; }
    .fields, .fields tbody { display: block; }
    .fields tr { display: grid; grid-template-columns: 2.6rem minmax(0, 1fr) auto; border-top: 1px solid var(--rule2); padding: .1rem 0; }
    .fields td:nth-child(3) { padding-right: 0 !important; }
    .fields .wide { grid-column: 2 / -1; padding-right: 0 !important; line-height: 1.25; }
    .fields .wide:empty { display: none; }
    .rids .sum { font-size: var(--t-micro); }
  }
`;
