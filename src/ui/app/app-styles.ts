import { css } from 'lit';

/** The page's frame: rows from who runs to time, three columns between; on a middling window two that scroll, on a phone one over a sheet. */
export const APP_STYLES = css`
  :host { position: relative; background: var(--gv-bg); min-height: 100dvh; }
  .page { display: grid; height: 100dvh; grid-template-rows: auto minmax(0, 1fr) auto auto auto; }
  header { display: flex; align-items: center; gap: var(--s5); padding: 0 var(--s4); min-height: 2.25rem; white-space: nowrap; }
  h1 { font: 400 1.25rem/1 var(--gv-serif); letter-spacing: -.01em; }
  gv-guest-menu { flex: 0 1 auto; }
  .actions { display: flex; align-items: center; gap: var(--s5); }
  .quiet { color: var(--ink2); min-height: 1.5rem; }
  .quiet:hover:not(:disabled), .pair button:hover { color: var(--gv-fg); }
  .share { font-weight: 600; min-height: 1.5rem; }
  .pair { display: flex; gap: var(--s1); color: var(--ink3); }
  .pair button { min-width: 1.6rem; min-height: 1.6rem; text-align: center; }
  .pair [aria-pressed='true'] { color: var(--gv-fg); box-shadow: inset 0 -1.5px var(--gv-fg); }
  main { display: grid; grid-template-columns: calc(var(--col-left) + var(--s4)) minmax(0, 1fr) calc(var(--col-right) + 2 * var(--s4)); grid-template-rows: minmax(0, 1fr) auto; min-height: 0; }
  section { min-width: 0; min-height: 0; padding: 0 var(--s4); display: flex; flex-direction: column; }
  .left { grid-row: 1 / 3; padding-right: var(--s3); border-right: 1px solid var(--rule); }
  .right { border-left: 1px solid var(--rule); }
  .mark { display: flex; align-items: center; gap: .5rem; flex: none; }
  /* A lesson comes first; lens and Why follow it down. */
  .right.lesson { overflow: hidden auto; scrollbar-width: thin; scroll-padding: 2rem 0 .5rem; }
  .right.lesson > gv-lesson { flex: none; overflow: visible; padding-bottom: var(--s3); }
  .right.lesson > gv-why { flex: none; container-type: normal; overflow: visible; }
  .right.lesson > gv-lens { border-top: 1px solid var(--rule); }
  gv-root-layer { grid-column: 2 / 4; }
  gv-code { flex: 1; }
  gv-registers { border-top: 1px solid var(--rule); padding-bottom: var(--s2); flex: none; }
  gv-lens { flex: none; padding-bottom: var(--s2); }
  gv-why { border-top: 1px solid var(--rule); flex: 1; min-height: 0; padding-bottom: var(--s2); }
  .stage { position: relative; }
  .scenes { display: flex; height: 2rem; border-bottom: 1px solid var(--rule); flex: none; gap: var(--s4); }
  .scenes .tabs { flex: 1; min-width: 0; }
  .aside { flex: none; display: flex; align-items: center; }
  .count { color: var(--ink2); white-space: nowrap; }
  .count b { color: var(--gv-fg); }
  .panel { flex: 1; min-height: 0; display: flex; flex-direction: column; }
  .time { display: grid; grid-template-columns: minmax(0, 1fr) calc(var(--col-right) + 2 * var(--s4)); border-top: 1px solid var(--rule); height: 6rem; }
  gv-timeline { padding: .05rem var(--s4) 0; }
  gv-exits { border-left: 1px solid var(--rule); padding: 0 var(--s4); }
  /* Where there is no room for both, the open console takes the place of the timeline. */
  :host(:is([layout='desk'], [layout='narrow']):not([height='tall'])) .page:has(> gv-console[open]) .time { display: none; }
  /* While a text is written, it has the place of the stage and of what stands beside it. */
  gv-source { grid-area: 1 / 2 / 3 / 4; }
  main:has(> gv-source) > :is(.stage, .right, gv-root-layer) { display: none; }
  :host([layout='column']) gv-source { grid-column: 1 / -1; order: -3; height: 70dvh; }
  :host([layout='phone']) gv-source { height: 60dvh; }
  :host([layout='phone']) main:has(> gv-source) > :not(gv-source) { display: none; }
  .fall { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; overflow: visible; }
  .fall path { fill: none; stroke: var(--gv-now); stroke-width: 1.2; }
  .trouble { display: flex; align-items: center; gap: var(--s2); padding: .35rem var(--s4); border-bottom: 3px double var(--gv-fg); background: var(--sheet); }
  .offer { border-bottom: 1px solid var(--rule); padding-block: .1rem; }
  .quiet-trouble { border-bottom: 1px solid var(--rule); color: var(--ink2); font-size: var(--t-small); padding-block: .1rem; }
  .drop { position: fixed; inset: var(--s4); display: grid; place-items: center; background: var(--sheet); border: 3px double var(--gv-fg); font: 400 1.25rem/1.4 var(--gv-serif); padding: var(--s8); text-align: center; z-index: 5; }
  dialog { margin: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s6) var(--s4); min-width: 20rem; max-width: calc(100vw - 2rem); max-height: calc(100dvh - 2rem); overflow: auto; }
  dialog::backdrop { background: var(--gv-root-soft); }
  dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem var(--s6); align-items: baseline; }
  dt { white-space: nowrap; }
  dt kbd { display: inline-block; border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); padding: 0 .35rem; min-width: 1.4rem; text-align: center; color: var(--gv-fg); font-size: var(--t-small); }

  :host([wide]) { --col-left: 22.5rem; --col-right: 20rem; }
  .page[data-time='tall'] .time { height: 9.2rem; }
  :host([height='tall']) .time { height: 10.5rem; }
  :host([height='tall']) .page[data-time='tall'] .time { height: 13rem; }
  /* Large type: the timeline is its overview, and the exits are marks on it. */
  .time:has(> gv-timeline[brief]) { height: auto; grid-template-columns: minmax(0, 1fr); }
  gv-timeline[brief] + gv-exits { display: none; }
  :host([layout='narrow']) { --col-left: 15rem; --col-right: 16rem; }
  :host([layout='narrow']) :is(header, .actions) { gap: var(--s4); }
  :host([layout='narrow']) .scenes .tabs { gap: var(--s3); }
  :host([layout='column']) .page { display: flex; flex-direction: column; height: auto; min-height: 100dvh; }
  :host([layout='column']) main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto; flex: 1; }
  :host([layout='column']) .stage { grid-column: 1 / -1; order: -2; min-height: 24rem; }
  :host([layout='column']) gv-root-layer { grid-column: 1 / -1; order: -1; }
  :host([layout='column']) main > gv-lesson { grid-column: 1 / -1; order: -3; padding: 0 var(--s4) var(--s3); border-bottom: 1px solid var(--rule); }
  :host([layout='column']) .left { grid-row: auto; border-top: 1px solid var(--rule); }
  :host([layout='column']) .right { border-top: 1px solid var(--rule); border-left: 0; }
  :host([layout='column']) gv-code { flex: none; height: 16.25rem; }
  :host([layout='column']) .page { container-type: inline-size; }
  /* Room for the code beside the walk. */
  @container (min-width: 50rem) {
    :host([layout='column']) main { grid-template-columns: calc(var(--col-left) + var(--s4)) minmax(0, 1fr); grid-template-rows: auto auto 1fr; }
    :host([layout='column']) .left { grid-area: 1 / 1 / 4 / 2; border-top: 0; }
    :host([layout='column']) :is(.stage, gv-root-layer, .right) { grid-column: 2; }
  }
  :host([layout='column']) gv-transport { position: sticky; bottom: 0; background: var(--gv-bg); z-index: 3; }
  :host([layout='column']) .time { grid-template-columns: minmax(0, 1fr) 17rem; height: 8rem; }
  :host([layout='phone']) .page { display: flex; flex-direction: column; height: auto; min-height: 100dvh; }
  :host([layout='phone']) header { gap: var(--s3); min-height: 2.5rem; }
  :host([layout='phone']) h1 { font-size: 1.125rem; }
  :host([layout='phone']) .quiet { min-height: 2rem; }
  :host([layout='phone']) .actions { flex-wrap: wrap; justify-content: space-between; gap: 0 var(--s3); font-weight: 400; }
  :host([layout='phone']) .pair button { min-height: 2rem; min-width: 1.75rem; }
  :host([layout='phone']) main { display: block; flex: 1; }
  :host([layout='phone']) gv-lens { padding: .5rem var(--s4) .2rem; }
  :host([layout='phone']) .scenes { height: 2.25rem; margin: 0 calc(-1 * var(--s4)); }
  :host([layout='phone']) .scenes .tabs { gap: var(--s4); padding: 0 var(--s4); margin: 0; justify-content: space-between; }
  :host([layout='phone']) .scenes kbd { display: none; }
  :host([layout='phone']) .instruction { display: flex; align-items: center; gap: .5rem; padding: .5rem 0 .2rem; white-space: nowrap; min-height: 2rem; }
  :host([layout='phone']) .instruction .mono { font-weight: 600; font-size: .8125rem; overflow: hidden; text-overflow: ellipsis; }
  :host([layout='phone']) gv-why { padding: 0 var(--s4) var(--s3); }
  .thumb { position: sticky; bottom: 0; z-index: 3; background: var(--gv-bg); border-top: 1px solid var(--gv-fg); padding: 0 var(--s4) .4rem; }
  .sheets { display: flex; justify-content: space-between; color: var(--ink2); position: relative; padding-top: .3rem; }
  .sheets::before { content: ''; position: absolute; left: calc(50% - 1rem); top: .25rem; width: 2rem; border-top: 2px solid var(--rule-strong); }
  .sheets button { min-height: 2.1rem; min-width: 2.5rem; }
  .sheets [aria-expanded='true'] { color: var(--gv-fg); font-weight: 600; }
  .sheet { height: 42dvh; display: flex; flex-direction: column; overflow: auto; margin: 0 calc(-1 * var(--s4)); padding: 0 var(--s4); border-bottom: 1px solid var(--rule); }
  .sheet gv-registers { border: 0; }
  .sheet gv-exits { border: 0; padding: 0; flex: 1; }
  .sheet gv-console { flex: 1; margin: 0 calc(-1 * var(--s4)); }
  :host([layout='phone']) gv-timeline { padding: 0; }
  :host([layout='phone']) .mark .ruler { display: none; }
  .sheet > gv-lesson { flex: 1; padding-bottom: var(--s3); }
  /* Printed by the browser's own command: what the machine shows, without what it is worked with. Share prints a sheet of its own. */
  @media print {
    :is(.actions, .pair, .share, gv-transport, .time, gv-console, .thumb, .offer, .drop, .fall, header .quiet) { display: none; }
    :host, :host(:is([layout])) .page { height: auto; min-height: 0; overflow: visible; display: block; }
    main { break-inside: avoid; }
  }
`;
