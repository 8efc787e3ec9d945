import { css } from 'lit';

/** The page's frame: rows from who runs to time, three columns between; one column on a phone, in the same order. */
export const APP_STYLES = css`
  :host { height: 100vh; min-height: 42rem; display: grid; grid-template-rows: auto minmax(0, 1fr) auto auto auto; background: var(--gv-bg); }
  header { display: flex; align-items: center; gap: var(--s5); padding: 0 var(--s4); min-height: 2.25rem; white-space: nowrap; }
  h1 { font: 400 1.25rem/1 var(--gv-serif); letter-spacing: -.01em; }
  .quiet { color: var(--ink2); min-height: 1.5rem; }
  .pair { display: flex; gap: var(--s2); color: var(--ink3); }
  .pair button { min-width: 1.5rem; min-height: 1.5rem; }
  .pair [aria-pressed='true'] { color: var(--gv-fg); box-shadow: inset 0 -1.5px var(--gv-fg); }
  main { display: grid; grid-template-columns: calc(var(--col-left) + var(--s4)) minmax(0, 1fr) calc(var(--col-right) + 2 * var(--s4)); min-height: 0; }
  section { min-width: 0; min-height: 0; padding: 0 var(--s4); display: flex; flex-direction: column; }
  .left { padding-right: var(--s3); border-right: 1px solid var(--rule); }
  .right { border-left: 1px solid var(--rule); overflow-y: auto; }
  gv-code { flex: 1; }
  gv-registers { border-top: 1px solid var(--rule); padding-bottom: var(--s2); flex: none; max-height: 62%; overflow-y: auto; }
  gv-why { margin-top: var(--s3); border-top: 1px solid var(--rule); flex: 1; padding-bottom: var(--s3); }
  .tabs { display: flex; height: 2rem; gap: var(--s4); border-bottom: 1px solid var(--rule); flex: none; overflow-x: auto; }
  .tabs button { color: var(--ink3); white-space: nowrap; }
  .tabs [aria-selected='true'] { color: var(--gv-fg); font-weight: 600; box-shadow: inset 0 -1.5px var(--gv-fg); }
  kbd { font-size: var(--t-micro); color: var(--ink3); }
  .panel { flex: 1; min-height: 0; display: flex; flex-direction: column; }
  .time { display: grid; grid-template-columns: minmax(0, 1fr) calc(var(--col-right) + 2 * var(--s4)); border-top: 1px solid var(--rule); height: 7.5rem; }
  gv-timeline { padding: var(--s2) var(--s4) 0; }
  gv-exits { border-left: 1px solid var(--rule); padding: 0 var(--s4); }
  .trouble { display: flex; justify-content: space-between; gap: var(--s4); padding: var(--s2) var(--s4); border-bottom: 3px double var(--gv-fg); background: var(--sheet); }
  .drop { position: fixed; inset: var(--s4); display: grid; place-items: center; background: var(--sheet); border: 3px double var(--gv-fg); font: 400 1.25rem/1.4 var(--gv-serif); padding: var(--s8); text-align: center; z-index: 5; }
  dialog { margin: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s6) var(--s4); min-width: 20rem; }
  dialog::backdrop { background: var(--gv-root-soft); }
  dl { display: grid; grid-template-columns: auto 1fr; gap: var(--s1) var(--s6); }
  dt kbd { border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); padding: 0 .35rem; color: var(--gv-fg); }
  @media (min-width: 1600px) { :host { --col-left: 23rem; --col-right: 21rem; } }
  @media (max-width: 1100px) {
    main { grid-template-columns: minmax(14rem, 17rem) minmax(0, 1fr); grid-template-rows: minmax(0, 1fr) auto; }
    .right { grid-column: 1 / -1; border-left: 0; border-top: 1px solid var(--rule); display: grid; grid-template-columns: 18rem minmax(0, 1fr); gap: var(--s5); max-height: 11rem; }
    gv-why { border-top: 0; margin-top: 0; }
  }
  @media (max-width: 720px) {
    :host { display: flex; flex-direction: column; height: auto; min-height: 100vh; }
    header { flex-wrap: wrap; gap: 0 var(--s3); padding: var(--s1) var(--s4); }
    main { display: flex; flex-direction: column; }
    section { padding: 0 var(--s4); border: 0; }
    .left { display: contents; }
    .stage { order: 1; }
    .right { order: 2; display: block; max-height: none; }
    gv-code { order: 0; margin: 0 var(--s4); max-height: 16rem; flex: none; }
    gv-registers { order: 3; margin: var(--s3) var(--s4) 0; max-height: none; }
    gv-transport { position: sticky; bottom: 0; background: var(--gv-bg); order: 9; z-index: 2; }
    .time { display: flex; flex-direction: column; height: auto; }
    gv-exits { border: 0; max-height: 14rem; }
  }
`;
