import { css } from 'lit';

/** Styles of the lens: a chip of its own shape for each space, on a stem that breaks where the translation does. */
export const LENS_STYLES = css`
  .chain { padding-top: 1px; }
  .head .note { overflow: hidden; text-overflow: ellipsis; }
  .line { display: flex; justify-content: space-between; align-items: center; gap: var(--s2); white-space: nowrap; }
  .line .note { overflow: hidden; text-overflow: ellipsis; }
  .line .note .address { font-size: inherit; }
  .chip { display: inline-flex; align-items: center; flex: none; height: 1.5rem; padding: 0 .65rem; font: 400 .8125rem/1 var(--gv-mono); font-variant-ligatures: none; }
  .chip .address { font-size: inherit; }
  .chip.v { background: var(--gv-gva-t); color: var(--gv-gva); border-radius: 1rem; box-shadow: inset 0 0 0 1px var(--gv-gva); }
  .chip.v:focus-within { outline: 2px solid var(--gv-fg); outline-offset: 2px; }
  .chip.v.wrong { border-radius: 0; background: var(--sheet); color: var(--gv-fg); box-shadow: none; border: 3px double var(--gv-fg); }
  .told { padding: .2rem 0 .3rem; font-size: var(--t-small); line-height: 1.3; }
  .chip input { font: inherit; color: inherit; background: none; border: 0; outline: none; width: 10.2ch; height: 1.5rem; }
  .chip.g { background: var(--gv-gpa-t); color: var(--gv-gpa); box-shadow: inset 0 0 0 1px var(--gv-gpa); }
  /* A hexagon has no border of its own: one shape inside another. */
  .chip.h { --shape: polygon(.5rem 0, calc(100% - .5rem) 0, 100% 50%, calc(100% - .5rem) 100%, .5rem 100%, 0 50%); clip-path: var(--shape); background: var(--gv-hpa); padding: 1px; color: var(--gv-hpa); }
  .chip.h > span { clip-path: var(--shape); height: 100%; display: flex; align-items: center; padding: 0 .8rem; background: linear-gradient(var(--gv-hpa-t), var(--gv-hpa-t)), var(--gv-bg); }
  .chip.never { color: var(--ink3); }
  .chip.g.never { background: none; box-shadow: inset 0 0 0 1px var(--rule-strong); }
  .chip.h.never { background: var(--rule-strong); }
  .chip.h.never > span { background: var(--gv-bg); }
  .step { display: flex; flex-wrap: wrap; gap: 0 var(--s3); margin-left: .9rem; border-left: 1.2px solid var(--gv-fg); padding: .2rem 0 .2rem .8rem; min-height: 1.4rem; font-size: var(--t-small); line-height: 1.1rem; color: var(--ink2); white-space: nowrap; }
  .step.broken { border-left: 1.2px dashed var(--rule-strong); }
  .bad { color: var(--gv-fg); border-bottom: 3px double var(--gv-fg); }
  .pins { display: flex; }
  .pins button { min-width: 1.5rem; min-height: 1.5rem; display: grid; place-items: center; color: var(--ink3); font-size: var(--t-small); }
  .pins button:hover { color: var(--gv-fg); }
  .facts { font-size: var(--t-small); line-height: 1.2rem; color: var(--ink2); padding: .15rem 0 .1rem; }
  .facts .address { font-size: inherit; }
  .facts b { color: var(--gv-fg); }
  .facts .one { white-space: nowrap; }
  .pinned { display: flex; align-items: center; gap: .35rem; white-space: nowrap; min-height: 1.4rem; overflow: hidden; }
  .through { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 var(--s2); font-size: var(--t-small); padding-top: 2px; }
  .choices { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 var(--s3); padding-top: var(--s1); font-size: var(--t-small); }
  .choices .tabs { gap: var(--s3); }
  :host([layout='phone']) :is(.head, .choices, .through, .facts, .note) { display: none; }
  :host([layout='phone']) .told { order: -1; flex: 1 0 100%; }
  :host([layout='phone']) .chain:has(.told) { flex-wrap: wrap; }
  :host([layout='phone']) .chain { display: flex; align-items: center; gap: .35rem; overflow-x: auto; scrollbar-width: none; }
  :host([layout='phone']) .chip { padding: 0 .5rem; font-size: .75rem; height: 1.6rem; }
  :host([layout='phone']) .chip input { width: 8.4ch; }
  :host([layout='phone']) .chip.h { padding: 1px; }
  :host([layout='phone']) .step { border: 0; margin: 0; padding: 0; gap: 1px; min-height: 0; flex-wrap: nowrap; }
`;
