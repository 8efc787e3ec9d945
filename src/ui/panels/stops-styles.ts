import { css } from 'lit';

/** Styles of the list of stops: rows on hairlines, a form under each part. */
export const STOPS_STYLES = css`
  :host { flex: none; }
  .open { min-height: 1.75rem; min-width: 1.75rem; text-decoration: underline; text-decoration-color: var(--rule-strong); text-underline-offset: 3px; white-space: nowrap; }
  .open:hover { text-decoration-color: var(--gv-fg); }
  [popover] { position: fixed; inset: auto; margin: 0; width: min(30rem, calc(100vw - 1rem)); overflow: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s4) var(--s4); white-space: normal; }
  .head { height: 2.25rem; position: sticky; top: calc(-1 * var(--s2)); background: var(--sheet); margin-bottom: 2px; }
  h3 { color: var(--ink2); border-bottom: 1px solid var(--rule-strong); margin-top: var(--s3); line-height: 1.6rem; }
  li { display: flex; align-items: center; gap: var(--s3); border-bottom: 1px solid var(--rule2); min-height: 1.75rem; }
  li .tick-box { min-width: 0; min-height: 1.75rem; color: var(--gv-fg); gap: var(--s2) var(--s3); flex-wrap: wrap; white-space: normal; line-height: 1.35; padding-block: 2px; font-feature-settings: 'tnum', 'calt' 0; }
  li.off :is(.tick-box, .address) { color: var(--ink3); }
  .kind { flex: none; width: 8.5rem; color: var(--ink2); font-size: var(--t-small); line-height: 1.3; }
  form .full { flex: 1 1 100%; }
  form select.words, form select:not([lang]) { font-family: var(--gv-sans); font-size: var(--t-small); }
  @media (max-width: 30rem) { li { flex-wrap: wrap; column-gap: var(--s2); } .kind { width: 100%; padding-top: var(--s1); } .kind:empty { display: none; } }
  .plain { font: 400 .875rem/1.4 var(--gv-serif); color: var(--ink2); }
`;
