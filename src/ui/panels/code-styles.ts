import { css } from 'lit';

/** Styles of the code: one row grid for every line, the needle at its left edge. */
export const CODE_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; container-type: inline-size; }
  .head { height: 2rem; }
  .head .tabs { height: 100%; }
  .head .note .address { font-size: inherit; }
  .body { flex: 1; min-height: 0; overflow: hidden; margin-right: calc(-1 * var(--s3)); }
  ol { overflow: auto; font: 400 var(--t-mono)/var(--line) var(--gv-mono); font-variant-ligatures: none; scrollbar-width: none; position: relative; }
  ol:focus-visible { outline-offset: -2px; }
  li { display: grid; grid-template-columns: 1rem 3rem 0 minmax(0, 1fr) auto; position: relative; height: var(--line); white-space: pre; align-items: center; padding-right: var(--s2); }
  li.label { display: block; color: var(--ink2); padding-left: 1rem; overflow: hidden; text-overflow: ellipsis; }
  .at { color: var(--ink3); }
  .bytes { visibility: hidden; overflow: hidden; text-overflow: ellipsis; padding-right: .5rem; color: var(--ink3); font-size: var(--t-small); }
  .text { overflow: hidden; text-overflow: ellipsis; }
  .text .address { font-size: inherit; }
  .mnemonic { display: inline-block; min-width: 5ch; }
  .pointer { text-decoration: underline; text-decoration-color: var(--gv-gva); text-decoration-thickness: 1.5px; text-underline-offset: 3px; }
  .exit { color: var(--ink3); font-size: var(--t-small); padding-left: .3rem; }
  /* The button is as wide as gutter and address. */
  .gutter { position: absolute; inset: 0 auto 0 0; width: 4rem; display: flex; align-items: center; padding-left: 1px; }
  .gutter::before { content: ''; width: .5rem; height: .5rem; border-radius: 50%; }
  .gutter:hover::before { box-shadow: inset 0 0 0 1.5px var(--rule-strong); }
  .gutter[aria-pressed='true']::before { background: var(--gv-fg); box-shadow: none; }
  .now { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
  .now .at, .now .exit { color: var(--gv-fg); }
  .now .text { font-weight: 600; }
  .now .text .pointer { font-weight: 600; }
  /* Both in one gutter: the disc steps to the edge. */
  .now .gutter[aria-pressed='true'] { padding-left: 0; }
  .now .gutter[aria-pressed='true']::before { margin-left: 3px; width: .42rem; height: .42rem; }
  .now .gutter[aria-pressed='true']::after { left: calc(3px + .46rem); border-left-width: .36rem; }
  .now .gutter::after { content: ''; position: absolute; left: 3px; top: calc(50% - .28rem); border: .28rem solid transparent; border-left: .5rem solid var(--gv-now); border-right: 0; }
  [data-looked]:not(.now) { background: var(--sunk); }
  /* Where the other world will go on: its needle is only an outline. */
  .waits { background: var(--gv-root-soft); box-shadow: inset 2px 0 var(--rule-strong); }
  .waits .at { color: var(--gv-fg); }
  .before .gutter:not([aria-pressed='true'])::before { width: .35rem; height: 0; border-radius: 0; border-top: 1px solid var(--ink3); }
  .source li { grid-template-columns: 1rem 1.7rem minmax(0, 1fr); }
  .source .gutter { width: 2.6rem; }
  .source .at { text-align: right; padding-right: .6rem; }
  .source .text { overflow: visible; }
  .comment { color: var(--ink3); }
  p { color: var(--ink2); padding: var(--s2) var(--s4); font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  @container (max-width: 15.5rem) { .head .note { display: none; } }
  @container (min-width: 19rem) {
    li { grid-template-columns: 1rem 3rem 7rem minmax(0, 1fr) auto; }
    .bytes { visibility: visible; }
    .source li { grid-template-columns: 1rem 1.7rem minmax(0, 1fr); }
  }
  @media (pointer: coarse) { :host { --line: 1.5rem; } }
  /* For a room: places are as wide as the type, and the bytes stay away. */
  :host([large]) li { grid-template-columns: 1rem 7ch 0 minmax(0, 1fr) auto; }
  :host([large]) .source li { grid-template-columns: 1rem 4ch minmax(0, 1fr); }
  :host([large]) .bytes { visibility: hidden; }
`;
