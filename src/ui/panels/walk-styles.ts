import { css } from 'lit';

/** Styles of the walk: aligned to its columns, one double rule for a refusal, nothing else boxed. */
export const WALK_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; --name: 7.4rem; }
  .ruler { display: grid; grid-template-columns: var(--name) minmax(0, 1fr); padding: var(--s3) 0 var(--s2); flex: none; }
  .fields { display: flex; gap: 6px; min-width: 0; }
  .field { min-width: 0; flex: 10; }
  .field[data-bits='12'] { flex: 12; }
  .field[data-bits='22'] { flex: 22; }
  .field[data-bits='32'] { flex: 32; }
  .digits { display: flex; border-bottom: 1px solid var(--gv-fg); font: 400 var(--t-mono)/1.2rem var(--gv-mono); overflow: hidden; }
  .digits span { flex: 1; text-align: center; color: var(--ink3); box-shadow: inset 0 -4px 0 -3px var(--rule-strong); }
  .digits .one { color: var(--gv-fg); font-weight: 600; }
  .under { display: flex; justify-content: space-between; font-size: var(--t-micro); color: var(--ink3); padding-top: 2px; gap: 2px; }
  .fieldname { font-size: var(--t-small); color: var(--ink2); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .fieldname b { color: var(--gv-fg); font-family: var(--gv-mono); }
  .scroll { flex: 1; min-height: 0; overflow: auto; }
  .columns, .row { display: grid; grid-template-columns: var(--name) repeat(5, minmax(6.4rem, 1fr)); }
  .flat .columns, .flat .row { grid-template-columns: var(--name) minmax(8rem, 16rem); }
  .columns { border-bottom: 1px solid var(--rule-strong); padding: 2px 0; white-space: nowrap; }
  .row { padding-top: var(--s3); }
  .name { display: flex; flex-direction: column; line-height: 1.2rem; }
  .how { color: var(--ink2); font: 400 var(--t-small)/1.1rem var(--gv-mono); }
  .cell { position: relative; display: flex; flex-direction: column; line-height: 1.15rem; min-width: 0; padding-bottom: 4px; }
  .top { display: flex; align-items: center; height: 1.35rem; }
  .dot, .ring { display: grid; place-items: center; width: 1.25rem; height: 1.25rem; flex: none; border-radius: 50%; border: 1.2px solid var(--gv-fg); background: var(--gv-bg); font: 600 var(--t-small)/1 var(--gv-sans); z-index: 1; }
  .ring { border: 1.2px dashed var(--rule-strong); }
  .ring.full { border: 3px solid var(--gv-hpa); }
  .guest .dot { background: var(--gv-fg); color: var(--gv-bg); }
  .again .dot { border-color: var(--rule-strong); color: var(--ink2); font-weight: 400; }
  .index { padding: 0 .3rem; font: 400 var(--t-small)/1 var(--gv-mono); color: var(--ink2); white-space: nowrap; }
  .line { flex: 1; border-top: 1.2px solid var(--gv-fg); }
  .guest .line, .reached .line { display: none; }
  .entry { font: 400 var(--t-mono)/1.15rem var(--gv-mono); white-space: nowrap; }
  .bits { display: flex; flex-wrap: wrap; gap: 0 .4rem; font: 400 var(--t-small)/1.1rem var(--gv-mono); }
  .bits .on { font-weight: 600; }
  .bits .off { color: var(--ink3); opacity: .75; }
  .failed { background: var(--gv-fg); color: var(--gv-bg); padding: 0 .25rem; font-weight: 600; white-space: nowrap; }
  .fault { margin: -.35rem .4rem -.3rem -.45rem; padding: .35rem .1rem .3rem .45rem; border: 3px double var(--gv-fg); background: var(--sheet); }
  .fault .dot { background: var(--gv-now); border-color: var(--gv-now); color: var(--on-now); }
  .fault .line { display: none; }
  .lane { display: flex; justify-content: flex-end; min-height: .4rem; font-size: var(--t-small); color: var(--ink2); padding-right: var(--s2); }
  .lane span { white-space: nowrap; }
  .plain { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); flex: 1; }
  .foot { display: flex; flex: none; flex-wrap: wrap; align-items: center; gap: 0 var(--s5); min-height: 1.75rem; border-top: 1px solid var(--rule); font-size: var(--t-small); color: var(--ink2); }
  .foot .refused { color: var(--gv-fg); font-weight: 600; }
  .foot button { min-height: 1.5rem; }
  table { border-collapse: collapse; }
  th { text-align: left; font: 600 var(--t-small)/1.6 var(--gv-sans); color: var(--ink2); padding-right: var(--s5); }
  td { padding-right: var(--s5); line-height: var(--line); }
  tr.refused td { background: var(--now-t); }
`;
