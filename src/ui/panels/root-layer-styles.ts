import { css } from 'lit';

/** Styles of the root layer: paper windows cut into the hatch, as the word ROOT is in the band. */
export const ROOT_LAYER_STYLES = css`
  :host { display: grid; grid-template-rows: 0fr; transition: grid-template-rows var(--m-wipe) var(--ease); min-height: 0; }
  :host([open]) { grid-template-rows: 1fr; }
  .layer { min-height: 0; overflow: hidden; display: flex; align-items: stretch; gap: 6px; border-top: 1px solid var(--gv-fg); padding: 0; }
  section { background: var(--gv-bg); padding: .3rem var(--s4) .4rem; min-width: 0; }
  h3 { font: 600 var(--t-body)/1.4rem var(--gv-sans); white-space: nowrap; }
  h3 :is(.note, .mono) { font-weight: 400; padding-left: .35rem; }
  .information h3 { display: flex; align-items: center; }
  h3 .link { font-weight: 400; line-height: 1.4rem; min-height: 1.5rem; margin-left: auto; padding-left: var(--s3); }
  .code { flex: 0 1 16rem; padding-left: 0; }
  .code h3 { padding-left: var(--s4); }
  ol { font-size: var(--t-small); line-height: var(--text); }
  .code ol { font: 400 var(--t-mono)/1.0625rem var(--gv-mono); font-variant-ligatures: none; }
  .code li { display: grid; grid-template-columns: var(--s4) 3.1rem minmax(0, 1fr); height: 1.0625rem; white-space: pre; align-items: center; }
  .code .now { background: var(--now-t); font-weight: 600; }
  .gutter { display: grid; place-items: center; }
  .at { color: var(--ink3); font-weight: 400; }
  .text { overflow: hidden; text-overflow: ellipsis; }
  .information { flex: 0 1 auto; max-width: 34rem; }
  dl { display: grid; grid-template-columns: auto auto minmax(0, 1fr); column-gap: var(--s3); font-size: var(--t-small); line-height: 1.0625rem; white-space: nowrap; }
  dt { color: var(--ink2); }
  dd { font: 400 var(--t-mono)/1.0625rem var(--gv-mono); font-variant-ligatures: none; overflow: hidden; text-overflow: ellipsis; }
  dd .sans { font: 400 var(--t-small)/1 var(--gv-sans); }
  .encoding { color: var(--ink3); font-size: var(--t-small); }
  .undefined { color: var(--ink3); font-family: var(--gv-sans); font-size: var(--t-small); }
  .asked { flex: none; padding-top: .35rem; }
  .asked table { border-spacing: 2px; border-collapse: separate; }
  .asked th[scope='col'] { font: 400 var(--t-small)/1 var(--gv-mono); color: var(--ink3); width: 1.6rem; text-align: center; padding-bottom: 1px; }
  .asked .failing { color: var(--gv-fg); font-weight: 600; }
  .asked th[scope='row'] { font: 400 var(--t-small)/1 var(--gv-sans); color: var(--ink2); text-align: right; padding-right: var(--s2); white-space: nowrap; }
  .asked td { font: 400 .9375rem/1.5rem var(--gv-mono); text-align: center; color: var(--ink3); }
  .asked td.one { color: var(--gv-fg); font-weight: 600; }
  .asked td.bad { background: var(--gv-fg); color: var(--gv-bg); font-weight: 600; }
  .asked p { font-size: var(--t-small); text-align: right; padding-top: 3px; }
  .qualification { flex: 1 1 8rem; }
  .qualification ol { columns: 11rem; column-gap: var(--s4); line-height: 1.0625rem; }
  .qualification li { display: grid; grid-template-columns: 1.9rem minmax(0, 1fr); gap: .4rem; color: var(--ink3); break-inside: avoid; white-space: nowrap; }
  .qualification li > :last-child { overflow: hidden; text-overflow: ellipsis; }
  .qualification .set { color: var(--gv-fg); }
  .value { font-family: var(--gv-mono); text-align: right; }
  .set .value { font-weight: 600; }
  :host([layout='narrow']) section { padding-inline: var(--s2); }
  :host([layout='narrow']) .asked ~ .qualification { display: none; }
  :host([layout='narrow']) .code { flex-basis: 12rem; padding-left: 0; }
  :host([layout='narrow']) .information { flex: 1 1 16.5rem; }
  :host([layout='narrow']) .encoding { display: none; }
  :host([layout='narrow']) dl { grid-template-columns: auto minmax(0, 1fr); }
  :host([layout='column']) .layer, :host([layout='phone']) .layer { flex-wrap: wrap; }
  :host([layout='column']) section { flex: 1 1 20rem; max-width: none; }
  :host([layout='column']) .asked p { text-align: left; }
  :host([layout='phone']) section { flex: 1 1 100%; max-width: none; }
  :host([layout='phone']) .asked table { margin-left: auto; }
  /* One line of it, where the walk above needs the room. */
  :host([brief]) :is(.information, .qualification, .asked table, .code li:not(.now)) { display: none; }
  :host([brief]) section { padding-block: .1rem; display: flex; align-items: center; }
  :host([layout][brief]) section { flex: none; }
  :host([brief]) .code h3 { padding-right: var(--s3); }
  :host([brief]) .code li { grid-template-columns: var(--s4) 3.1rem auto; padding-right: var(--s3); }
  :host([brief]) .asked p { padding: 0; }
`;
