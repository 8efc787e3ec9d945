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
  li > span:not(.space) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .plain { font: 400 .875rem/1.4 var(--gv-serif); color: var(--ink2); }
`;
