/** Styles that every element of the page shares: the three voices of type, addresses, tables of data, controls. Built on tokens.css. */
import { css } from 'lit';

export const SHARED = css`
  *, *::before, *::after { box-sizing: border-box; }
  /* Only what browsers pad themselves, and without weight: a rule on * here would beat the :host rules of every element inside. */
  :where(h1, h2, h3, p, ol, ul, dl, dd, dt, table, th, td, pre, form, fieldset, legend, button, input, dialog) { margin: 0; padding: 0; }
  :host { display: block; min-width: 0; font: 400 var(--t-body)/var(--lh) var(--gv-sans); font-feature-settings: 'tnum', 'calt' 0; color: var(--gv-fg); }
  :host([hidden]) { display: none; }
  ol, ul { list-style: none; }
  button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; text-align: inherit; }
  button:disabled { color: var(--ink3); cursor: default; }
  table { border-collapse: collapse; }
  :focus-visible { outline: 2px solid var(--gv-fg); outline-offset: 2px; }
  b { font-weight: 600; }
  i { font-style: normal; }
  h2 { font: 600 var(--t-body)/1 var(--gv-sans); }
  h3 { font: 600 var(--t-small)/1.4 var(--gv-sans); }
  .mono, td, kbd { font-family: var(--gv-mono); font-variant-ligatures: none; font-size: var(--t-mono); }
  kbd { font-size: var(--t-micro); color: var(--ink3); }
  /* Where there is no keyboard, a control is not called by its key. */
  @media (hover: none) { button > kbd { display: none; } }
  .note { color: var(--ink3); font-size: var(--t-small); }
  .space { flex: 1; }
  .head { display: flex; align-items: center; gap: var(--s2); height: 1.75rem; flex: none; white-space: nowrap; }
  /* Leading zeros step back. */
  .zero { color: var(--ink3); font-weight: 400; }
  /* Addresses are the only coloured text: the prefix says which space. */
  .address { font-family: var(--gv-mono); font-variant-ligatures: none; font-size: var(--t-mono); white-space: nowrap; }
  .address.v { color: var(--gv-gva); }
  .address.g { color: var(--gv-gpa); }
  .address.h { color: var(--gv-hpa); }
  .address.io { color: var(--gv-iova); }
  :is([data-linear], [data-physical], [data-host]) { cursor: pointer; }
  :is([data-linear], [data-physical], [data-host]):hover { text-decoration: underline; text-underline-offset: 3px; }
  /* A pin of the lens: the same badge wherever its address is shown. */
  .pin { display: inline-grid; place-items: center; flex: none; min-width: 1rem; height: 1rem; border: 1.2px solid var(--gv-gva); border-radius: 50%; color: var(--gv-gva); font: 600 var(--t-micro)/1 var(--gv-sans); vertical-align: middle; }
  /* What can be changed: a double click, Enter. */
  .edit { cursor: text; border-radius: 1px; }
  .edit:hover { text-decoration: underline dotted; text-underline-offset: 3px; }
  .edit:focus-visible { outline-offset: 0; }
  .by-hand { text-decoration: underline wavy; text-decoration-thickness: 1px; text-underline-offset: 2px; }
  mark { background: var(--gv-changed); color: inherit; text-decoration: underline; text-underline-offset: 3px; padding: 0 .15rem; margin: 0 -.15rem; }
  .link { text-decoration: underline; text-decoration-color: var(--rule-strong); text-underline-offset: 3px; white-space: nowrap; min-height: 1.5rem; }
  .link:hover { text-decoration-color: var(--gv-fg); }
  .hatch { background: repeating-linear-gradient(135deg, transparent 0 5px, var(--gv-root) 5px 6px); }
  .here { flex: none; width: .5rem; height: .5rem; border-radius: 50%; background: var(--gv-now); }
  /* The needle: the one mark of what runs next. */
  .needle { flex: none; width: 0; height: 0; border: .28rem solid transparent; border-left: .5rem solid var(--gv-now); border-right: 0; }
  /* A box to tick: square, ink. */
  .tick-box { display: inline-flex; align-items: center; gap: .4rem; color: var(--ink2); font-size: var(--t-small); min-height: 1.5rem; white-space: nowrap; cursor: pointer; }
  /* What can be hit is 24 pixels wide and high; what is seen, and has room on the line, is the box of 12 in the middle. */
  .tick-box input { --hit: max(24px, 1.5rem); appearance: none; flex: none; width: var(--hit); height: var(--hit); margin: calc((.75rem - var(--hit)) / 2); border: 0; background: none; outline: none; display: grid; place-items: center; cursor: pointer; }
  .tick-box input::before { content: ''; width: .75rem; height: .75rem; padding: 2px; border: 1px solid var(--ink2); border-radius: 1px; }
  .tick-box input:checked::before { background: var(--gv-fg) content-box; }
  .tick-box input:focus-visible::before { outline: 2px solid var(--gv-fg); outline-offset: 2px; }
  .visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/** A row of words of which one is chosen: tabs, and the choices of a radio group. */
export const CHOICES = css`
  .tabs { display: flex; align-items: stretch; gap: var(--s4); }
  .tabs button { color: var(--ink3); white-space: nowrap; min-width: 1.5rem; min-height: 1.5rem; }
  .tabs button:hover { color: var(--gv-fg); }
  .tabs :is([aria-selected='true'], [aria-checked='true']) { color: var(--gv-fg); font-weight: 600; box-shadow: inset 0 -1.5px var(--gv-fg); }
  /* A row that scrolls cuts at its edges: the ring is inside it, on room that no word has. */
  .tabs.scrolls { overflow: auto hidden; scrollbar-width: none; padding-inline: 5px; margin-inline: -5px; }
  .tabs.scrolls button { flex: none; padding-inline: 5px; margin-inline: -5px; outline-offset: -2px; }
  .tabs.scrolls [aria-selected='true'] { box-shadow: none; background: linear-gradient(var(--gv-fg), var(--gv-fg)) bottom / 100% 1.5px no-repeat content-box content-box; }
`;

/** Forms of a popover: a name over each field, the button at the end of the row. */
export const CONTROLS = css`
  form { display: flex; flex-wrap: wrap; align-items: flex-end; gap: var(--s2) var(--s3); padding-top: var(--s2); }
  form label { display: grid; color: var(--ink2); font-size: var(--t-small); line-height: 1.2rem; min-width: 0; }
  form .wide { flex: 1 1 11rem; }
  form .pair { display: flex; gap: .3rem; }
  form :is(input:not([type=checkbox]), select) { font: 400 var(--t-mono)/1.5 var(--gv-mono); color: var(--gv-fg); background: var(--gv-bg); border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); min-height: 1.75rem; padding: 0 .35rem; min-width: 0; width: 100%; }
  form .pair select { width: auto; }
  form .short { width: 4.5ch; }
  form [aria-invalid='true'] { border: 3px double var(--gv-fg); }
  .plain-button { border: 1px solid var(--gv-fg); border-radius: var(--gv-radius); min-height: 1.75rem; padding: 0 .7rem; font-weight: 600; }
  .plain-button:hover:not(:disabled) { background: var(--sunk); }
  .wrong { padding-top: var(--s1); border-bottom: 3px double var(--gv-fg); }
`;

/** Tables of records: the twin of a drawing. */
export const RECORDS = css`
  .records { border-spacing: 0; }
  .records th { text-align: left; font: 600 var(--t-small)/1.5rem var(--gv-sans); color: var(--ink2); padding-right: var(--s5); white-space: nowrap; position: sticky; top: 0; background: var(--gv-bg); box-shadow: inset 0 -1px var(--rule-strong); }
  .records tbody th { font: 400 var(--t-mono)/var(--line) var(--gv-mono); position: static; background: none; box-shadow: none; color: inherit; }
  .records td { line-height: var(--line); padding-right: var(--s5); white-space: nowrap; }
  .records .here-row td, .records .here-row th { background: var(--now-t); }
`;
