/** Styles that every element of the page shares: the three voices of type, addresses, tables of data, buttons. Built on tokens.css. */
import { css } from 'lit';

export const SHARED = css`
  *, *::before, *::after { box-sizing: border-box; margin: 0; padding: 0; }
  :host { display: block; min-width: 0; font: 400 var(--t-body)/var(--lh) var(--gv-sans); font-feature-settings: 'tnum'; color: var(--gv-fg); }
  :host([hidden]) { display: none; }
  ol, ul { list-style: none; }
  button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; }
  button:disabled { color: var(--ink3); cursor: default; }
  :focus-visible { outline: 2px solid var(--gv-fg); outline-offset: 2px; }
  b { font-weight: 600; }
  i { font-style: normal; }
  h2 { font: 600 var(--t-body)/1 var(--gv-sans); }
  .mono, td, kbd { font-family: var(--gv-mono); font-variant-ligatures: none; font-size: var(--t-mono); }
  .note { color: var(--ink3); font-size: var(--t-small); }
  .space { flex: 1; }
  .head { display: flex; align-items: center; gap: var(--s2); height: 2rem; flex: none; }
  /* Leading zeros step back. */
  .zero { color: var(--ink3); font-weight: 400; }
  /* Addresses are the only coloured text: the prefix says which space. */
  .address { font-family: var(--gv-mono); font-variant-ligatures: none; font-size: var(--t-mono); white-space: nowrap; }
  .address.v { color: var(--gv-gva); }
  .address.g { color: var(--gv-gpa); }
  .address.h { color: var(--gv-hpa); }
  .address.io { color: var(--gv-iova); }
  mark { background: var(--gv-changed); color: inherit; text-decoration: underline; text-underline-offset: 3px; }
  .link { text-decoration: underline; text-decoration-color: var(--rule-strong); text-underline-offset: 3px; }
  .hatch { background: repeating-linear-gradient(135deg, transparent 0 5px, var(--gv-root) 5px 6px); }
  .visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
