import { css } from 'lit';

/** Styles of the VMCS panel. */
export const VMCS_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: vmcs / inline-size; }
  .parts { display: flex; align-items: stretch; gap: var(--s4); min-height: 1.9rem; border-bottom: 1px solid var(--rule); flex: none; white-space: nowrap; }
  .parts > :is(.tick-box, .link) { align-self: center; font-size: var(--t-small); }
  .part { flex: 1; min-height: 0; overflow: auto; scrollbar-width: thin; padding: .1rem 0 .5rem; outline-offset: -2px; }
  .foot { display: flex; flex: none; flex-wrap: wrap; align-items: center; gap: 0 var(--s5); min-height: 1.75rem; border-top: 1px solid var(--rule); font-size: var(--t-small); color: var(--ink2); }
  .plain { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  mark { padding: 0 .1rem; margin: 0 -.1rem; }

  /* Which bit, and one on trial. */
  .cause-line { flex: none; padding: .3rem 0; line-height: 1.35; border-bottom: 1px solid var(--rule2); text-wrap: pretty; }
  .cause-line .mono { font-weight: 600; }
  .trial { flex: none; border-bottom: 1px solid var(--rule); padding: .15rem 0 .4rem; background: linear-gradient(var(--gv-changed), var(--gv-changed)) left / 3px 100% no-repeat; padding-left: .6rem; }
  .trial .head { height: auto; min-height: 1.9rem; flex-wrap: wrap; gap: .2rem var(--s3); white-space: normal; }
  .trial .plain-button { min-height: 1.5rem; font-size: var(--t-small); }
  .trial p { line-height: 1.4; text-wrap: pretty; }
  .flip { font-size: var(--t-small); }

  /* Fields. */
  .tree { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 var(--s6); align-items: start; }
  .drawer .title { font: 600 var(--t-body)/1 var(--gv-sans); display: flex; align-items: center; gap: .5rem; min-height: 1.75rem; border-bottom: 1px solid var(--rule-strong); cursor: pointer; outline-offset: -2px; white-space: nowrap; }
  .drawer .title :is(mark, .note) { font-weight: 400; font-size: var(--t-small); }
  .drawer .title mark { color: var(--gv-fg); }
  .drawer [role='group'] { padding-bottom: .45rem; }
  .fold { display: inline-block; width: .8rem; color: var(--ink3); font-weight: 400; }
  .line { display: grid; grid-template-columns: 2.5rem minmax(0, 1fr) auto; column-gap: .3rem; line-height: var(--line); outline-offset: -2px; padding: .03rem 0; }
  .line[aria-expanded] { cursor: pointer; min-height: 1.5rem; align-content: center; }
  .line .encoding { color: var(--ink3); font: 400 var(--t-small)/var(--line) var(--gv-mono); }
  .line .name { color: var(--ink2); overflow-wrap: anywhere; text-wrap: pretty; font-size: var(--t-small); }
  .line .value { font: 400 var(--t-mono)/var(--line) var(--gv-mono); font-variant-ligatures: none; text-align: right; white-space: nowrap; }
  .line.changed .value { display: flex; gap: .3rem; justify-content: flex-end; align-items: start; }
  .line.changed .name { color: var(--gv-fg); }
  .line .old, .arrow { color: var(--ink3); }
  .line.idle :is(.name, .value) { color: var(--ink3); }
  .line .meaning { grid-column: 2 / -1; font-size: var(--t-small); line-height: 1.25; padding-bottom: .15rem; text-wrap: pretty; }
  .line:hover .name { color: var(--gv-fg); }
  .bits { padding: 0 0 .3rem 2.1rem; }
  .bit { display: grid; grid-template-columns: 1.3rem .9rem minmax(0, 1fr); column-gap: .3rem; line-height: 1.5rem; min-height: 1.5rem; cursor: pointer; outline-offset: -2px; color: var(--ink3); font-size: var(--t-small); }
  .bit .number { font-family: var(--gv-mono); font-size: var(--t-micro); text-align: right; color: var(--ink3); }
  .bit .digit { font-family: var(--gv-mono); font-size: var(--t-mono); text-align: center; }
  .bit.one :is(.digit, .name) { color: var(--gv-fg); }
  .bit.one .digit { font-weight: 600; }
  .bit .name { line-height: 1.25; align-self: center; }
  .bit:not(.absent):hover { background: var(--sunk); }
  .bit.absent { cursor: default; }
  .bit.cause { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
  .bit.cause .name { color: var(--gv-fg); }
  .bit.tried .digit { background: var(--gv-changed); text-decoration: underline; text-underline-offset: 3px; }
  .bits > .note { padding: .1rem 0 .1rem 2.8rem; line-height: 1.3; }
  .segments { display: grid; grid-template-columns: 2.7rem repeat(4, auto); justify-content: space-between; gap: 0 .35rem; padding-top: .35rem; line-height: var(--line); font-variant-ligatures: none; }
  .segments .part { color: var(--ink3); font: 400 var(--t-micro)/1rem var(--gv-sans); text-align: right; padding: 0; overflow: visible; }
  .segments .register { color: var(--ink2); font: 400 var(--t-mono)/var(--line) var(--gv-mono); }
  .cell { font: 400 var(--t-mono)/var(--line) var(--gv-mono); text-align: right; outline-offset: -1px; }
  .unusable { opacity: .62; }
  @media (prefers-reduced-motion: no-preference) {
    .line.changed mark, .cell mark { animation: land var(--gv-anim-ms) var(--ease); }
    @keyframes land { from { background: var(--now-t); transform: translateX(-.6rem); opacity: 0; } }
  }
  .line mark, .cell mark { display: inline-block; }
  .records .sans { font: 400 var(--t-small)/var(--line) var(--gv-sans); }
  .records .wide { white-space: normal; min-width: 9rem; line-height: 1.3; }
  .records :is(th, td) { padding-right: var(--s3); }

  /* What exits. */
  .next { display: flex; align-items: baseline; gap: .5rem; padding: .45rem 0 .2rem; line-height: 1.35; }
  .next .mono { font-weight: 600; }
  .groups { columns: 2; column-gap: var(--s6); }
  .group { break-inside: avoid; padding-bottom: .5rem; }
  .group.always, .group.instructions, .group.events, .group.operands { break-inside: auto; }
  .group h2 { line-height: 1.6rem; border-bottom: 1px solid var(--rule-strong); break-after: avoid; margin-bottom: .15rem; }
  .group h2 .note { font-weight: 400; padding-left: .35rem; }
  .row { padding: .08rem 0; display: grid; grid-template-columns: 2.1rem minmax(0, 1fr) auto; column-gap: .3rem; min-height: 1.5rem; align-items: center; line-height: 1.25; break-inside: avoid; font-size: var(--t-small); }
  .row.coming { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
  .mark { font: 400 var(--t-small)/1 var(--gv-mono); color: var(--ink2); padding-left: .3rem; }
  .row.never .what, .row.never .mark, .exception.never { color: var(--ink3); }
  .row:not(.never) .mark { color: var(--gv-fg); font-weight: 600; }
  .control { font-size: var(--t-small); color: var(--ink2); min-height: 1.5rem; padding: 0 .3rem; white-space: nowrap; text-align: right; outline-offset: -2px; }
  .control b { font-family: var(--gv-mono); }
  .control:hover, .exception button:hover { background: var(--sunk); color: var(--gv-fg); }
  :is(.control, .exception button).tried { background: var(--gv-changed); text-decoration: underline; text-underline-offset: 3px; }
  .always ul { display: flex; flex-wrap: wrap; gap: 0 var(--s3); }
  .always .row { grid-template-columns: auto auto; }
  .exceptions ul { display: flex; flex-wrap: wrap; }
  .exception button { min-width: 3.4rem; min-height: 1.5rem; font: 400 var(--t-mono)/1.5rem var(--gv-mono); white-space: nowrap; outline-offset: -2px; }
  .exception:not(.never) button { font-weight: 600; }
  .exception .mark { display: inline-block; width: .8rem; padding: 0; }

  /* Checks. */
  .verdict { padding: .4rem 0 .5rem; line-height: 1.45; border-bottom: 1px solid var(--rule); }
  .verdict.failing { border-bottom: 3px double var(--gv-fg); }
  .verdict > p:first-child { font-weight: 600; }
  .verdict .note { font-weight: 400; }
  .verdict .rule { font: 400 var(--t-lead)/1.42 var(--gv-serif); text-wrap: pretty; }
  .verdict .failed { background: var(--gv-fg); color: var(--gv-bg); padding: 0 .2rem; }
  .verdict .plain-button { min-height: 1.5rem; font-size: var(--t-small); }
  .facts { display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--s3); }
  .section { border-bottom: 1px solid var(--rule2); }
  .section summary { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr) auto; column-gap: .6rem; align-items: baseline; min-height: 1.6rem; line-height: 1.6rem; cursor: pointer; outline-offset: -2px; list-style: none; }
  .section summary::-webkit-details-marker { display: none; }
  .section .group { color: var(--ink3); font-size: var(--t-small); padding: 0; }
  .section .group::before { content: '▸'; display: inline-block; width: .9rem; }
  .section[open] .group::before { content: '▾'; }
  .section.failing .title { font-weight: 600; }
  .section .title { overflow-wrap: anywhere; line-height: 1.3; }
  .signs { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 0 .08em; font: 400 var(--t-small)/1.15 var(--gv-mono); max-width: 17rem; color: var(--ink2); }
  .signs .failed { background: var(--gv-fg); color: var(--gv-bg); font-weight: 600; }
  .signs .idle, .unreached { color: var(--ink3); }
  .signs .unreached:not(.failed) { opacity: .6; }
  .check { display: grid; grid-template-columns: 1.2rem minmax(9rem, 15rem) minmax(0, 1fr); column-gap: .5rem; line-height: 1.35; padding: .1rem 0; font-size: var(--t-small); border-top: 1px solid var(--rule2); align-items: baseline; }
  .check .what { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .5rem; }
  .check .field { min-height: 1.5rem; min-width: 1.5rem; text-decoration: underline; text-decoration-color: transparent; text-underline-offset: 3px; }
  .check .field:hover { text-decoration-color: var(--rule-strong); }
  .check.idle :is(.rule, .field), .check.unreached :is(.rule, .field) { color: var(--ink3); }
  .check.failed:not(.unreached) { font-weight: 600; }
  .check.failed:not(.unreached) .sign { background: var(--gv-fg); color: var(--gv-bg); text-align: center; }
  @container vmcs (max-width: 34rem) {
    .tree { grid-template-columns: minmax(0, 1fr); }
    .groups { columns: 1; }
    .section summary { grid-template-columns: minmax(0, 1fr) auto; }
    .section summary .title { grid-column: 1 / -1; grid-row: 2; padding-left: .9rem; padding-bottom: .2rem; }
    .check { grid-template-columns: 1.2rem minmax(0, 1fr); }
    .check .rule { grid-column: 2; }
    .parts { flex-wrap: wrap; gap: 0 var(--s4); }
    .line.changed .value { flex-wrap: wrap; }
  }
`;
