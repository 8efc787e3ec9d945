import { css } from 'lit';

/** The lesson is a voice, not a machine: serif text, hairlines, no boxes. */
export const LESSON_STYLES = css`
  :host { overflow: auto; scrollbar-width: thin; scroll-padding: 2rem; }
  .head { position: sticky; top: 0; background: var(--gv-bg); z-index: 1; }
  .head .note { overflow: hidden; text-overflow: ellipsis; }
  h3 { font: 600 var(--t-body)/1.4 var(--gv-sans); padding: .15rem .3rem .2rem; margin: 0 -.3rem; }
  h3:focus-visible { outline-offset: -1px; outline-width: 1px; }
  p, legend { font: 400 var(--t-lead)/1.42 var(--gv-serif); text-wrap: pretty; }
  p :is(.mono, .address), legend :is(.mono, .address), .choice :is(.mono, .address) { font-size: .82em; overflow-wrap: anywhere; }
  kbd { display: inline-block; border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); padding: 0 .3rem; color: var(--gv-fg); font-size: var(--t-small); line-height: 1.35; }
  .label { font: 600 var(--t-small)/1.4 var(--gv-sans); color: var(--ink2); display: block; }
  .part { border-top: 1px solid var(--rule2); margin-top: var(--s2); padding-top: var(--s2); }
  fieldset { border: 0; min-width: 0; }
  legend { padding-bottom: .2rem; }
  .choice { display: flex; gap: .5rem; align-items: baseline; min-height: 1.5rem; padding: .15rem 0; line-height: 1.35; cursor: pointer; }
  .choice input { appearance: none; flex: none; width: .7rem; height: .7rem; border: 1px solid var(--ink2); border-radius: 50%; transform: translateY(.08rem); cursor: pointer; }
  .choice input:checked { border: .22rem solid var(--gv-fg); }
  .row { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem var(--s4); padding-top: var(--s2); }
  .row input { font: 400 var(--t-mono)/1.5rem var(--gv-mono); width: 8rem; color: inherit; background: none; border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; }
  .row input[aria-invalid='true'] { border-bottom: 3px double var(--gv-fg); }
  .primary { font-weight: 600; padding: 0 .7rem; min-height: 1.75rem; border: 1px solid var(--gv-fg); border-radius: var(--gv-radius); }
  .primary:hover:not(:disabled) { background: var(--sunk); }
  .primary:disabled { border-color: var(--rule-strong); }
  .said { display: grid; grid-template-columns: 1fr; gap: .1rem; line-height: 1.4; }
  .said .verdict { color: var(--ink2); }
  .said .verdict::before { content: '· '; }
  .quiet { color: var(--ink2); font-size: var(--t-small); line-height: 1.4; }
  [role='status'] { padding-top: var(--s2); }
  [role='status']:empty { padding: 0; }
  .goal { padding-bottom: .2rem; }
`;
