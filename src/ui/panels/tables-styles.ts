import { css } from 'lit';

/** Styles of the trees of tables: columns that stand under each other at every depth; a thick line is the way of the lens's access. */
export const TABLES_STYLES = css`
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: tables / inline-size; --name: 10.4rem; --indent: 1rem; }
  .scroll { flex: 1; min-height: 8rem; overflow: auto; scrollbar-width: thin; }
  .tree { min-width: 0; padding-bottom: var(--s2); }
  .heads, .line { display: grid; grid-template-columns: var(--name) 4.2rem 4.1rem minmax(7.4rem, 1fr) 9.4rem 5.6rem; column-gap: .5rem; padding-right: .3rem; }
  .heads { position: sticky; top: 0; z-index: 2; background: var(--gv-bg); box-shadow: inset 0 -1px var(--rule-strong); font: 600 var(--t-small)/1.5rem var(--gv-sans); color: var(--ink2); white-space: nowrap; }
  .line { font: 400 var(--t-mono)/1.5rem var(--gv-mono); font-variant-ligatures: none; white-space: nowrap; position: relative; cursor: pointer; }
  .line { --depth: 0; }
  .d1 { --depth: 1; } .d2 { --depth: 2; } .d3 { --depth: 3; } .d4 { --depth: 4; }
  .line:hover { background: var(--rule2); }
  .line[aria-selected='true'] { background: var(--sunk); }
  .line.end, .line.end[aria-selected='true'] { background: var(--now-t); }
  .line:focus-visible { outline-offset: -2px; }
  .line > * { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
  .name { display: flex; align-items: center; overflow: visible; padding-left: .15rem; }
  .root { padding-top: .35rem; }
  .root + .root { margin-top: var(--s2); }
  .root .name b { font: 600 var(--t-body)/1.5rem var(--gv-sans); }
  .root .what { font: 400 var(--t-small)/1.5rem var(--gv-sans); color: var(--ink2); grid-column: 3 / -1; }
  .root .what .address { font-size: inherit; }

  /* The tree. */
  .rail { flex: none; align-self: stretch; width: var(--indent); position: relative; }
  .rail::before, .rail::after { content: ''; position: absolute; left: .55rem; border-left: 1px solid var(--rule-strong); }
  .rail::before { top: 0; bottom: 0; }
  .rail.none::before, .rail::after { display: none; }
  .rail.path::before { border-left: 2px solid var(--gv-fg); left: calc(.55rem - .5px); }
  .rail.turn::before, .rail.end::before { border-left: 2px solid var(--gv-fg); left: calc(.55rem - .5px); bottom: auto; height: .8rem; }
  .rail.turn { background: linear-gradient(var(--rule-strong), var(--rule-strong)) .55rem .75rem / 1px 100% no-repeat; }
  .rail.own::after { display: block; top: .75rem; right: 0; border: 0; border-top: 1px solid var(--rule-strong); }
  .rail.own.reached::after { border-top: 2px solid var(--gv-fg); top: calc(.75rem - .5px); }
  .twisty { flex: none; width: 1.5rem; height: 1.5rem; margin: 0 -.25rem; display: grid; place-items: center; position: relative; }
  .twisty::before { content: ''; border: .26rem solid transparent; border-left: .4rem solid var(--ink2); border-right: 0; }
  [aria-expanded='true'] > .name > .twisty::before { transform: rotate(90deg); }
  .twisty.leaf { visibility: hidden; width: .6rem; margin: 0; }
  .index { padding-left: .15rem; }
  .dot { display: inline-grid; place-items: center; flex: none; min-width: 1.125rem; height: 1.125rem; padding: 0 .2rem; margin-left: .25rem; border: 1.2px solid var(--gv-fg); border-radius: .6rem; background: var(--gv-bg); font: 600 var(--t-micro)/1 var(--gv-sans); font-feature-settings: 'tnum'; }
  .dot.solid { background: var(--gv-fg); color: var(--gv-bg); }
  .fault .dot { background: var(--gv-now); border-color: var(--gv-now); color: var(--on-now); }

  .line .bits { display: flex; gap: .4rem; font: 400 var(--t-small)/1.5rem var(--gv-mono); overflow: hidden; }
  .line .bits .on { font-weight: 600; }
  .line .bits .off { color: var(--ink3); opacity: .8; }
  .failed { background: var(--gv-fg); color: var(--gv-bg); padding: 0 .25rem; font-weight: 600; line-height: 1.125rem; align-self: center; }
  .fault.line::after { content: ''; position: absolute; inset: 0 .1rem 0 calc(var(--depth) * var(--indent)); border: 3px double var(--gv-fg); pointer-events: none; }
  .absent, .absent .address { color: var(--ink3); }
  .absent .what { font: 400 var(--t-small)/1.5rem var(--gv-sans); }
  .size { color: var(--ink2); font-size: var(--t-small); }
  .to { display: flex; gap: .3rem; }
  .identity { color: var(--ink2); font: 400 var(--t-small)/1.5rem var(--gv-sans); }

  /* What else is to be said of a row: under it. */
  .more { grid-column: 1 / -1; display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--s4); font: 400 var(--t-small)/1.25rem var(--gv-sans); color: var(--ink2); padding: 0 0 .2rem calc(var(--depth) * var(--indent) + 1.6rem); white-space: normal; overflow: visible; position: relative; }
  .more .address { font-size: var(--t-small); }
  .more .rails { position: absolute; left: .15rem; top: 0; bottom: 0; display: flex; }
  .more .rails .own::after, .more .rails :is(.turn, .end)::before { display: none; }
  .more .rails .turn { background-position: .55rem 0; }
  .strip { width: 14rem; height: .5rem; border-bottom: 1px solid var(--rule-strong); overflow: visible; flex: none; }
  /* One entry of a thousand is seen too. */
  .strip path { fill: var(--ink2); stroke: var(--ink2); vector-effect: non-scaling-stroke; stroke-width: .75px; }

  /* The entry that is looked at, bit by bit. */
  .entry-foot { flex: none; border-top: 1px solid var(--rule); padding: .35rem 0; min-height: 4.1rem; }
  .entry-head { display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--s3); font-size: var(--t-small); min-height: 1.5rem; }
  .entry-head b { font-size: var(--t-body); }
  .ruler { display: flex; flex-wrap: wrap; gap: 0 4px; }
  .ruler li { flex: 1 0 auto; min-width: 1.75rem; text-align: center; position: relative; }
  .ruler .digits { display: flex; justify-content: center; gap: 0; border-bottom: 1px solid var(--gv-fg); font: 400 var(--t-mono)/1.1rem var(--gv-mono); color: var(--ink3); }
  .ruler .one { color: var(--gv-fg); font-weight: 600; }
  .ruler .of { font-size: var(--t-micro); line-height: 1rem; color: var(--ink2); white-space: nowrap; }
  .ruler .of .address { font-size: inherit; }
  .ruler .deciding .digits { background: var(--gv-fg); }
  .ruler .deciding .digits span { color: var(--gv-bg); }
  .foot { border-top: 1px solid var(--rule); min-height: 1.75rem; flex: none; display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--s4); }
  .plain { font: 400 var(--t-lead)/1.42 var(--gv-serif); padding: var(--s3) 0; max-width: 40rem; }

  @container tables (min-width: 60rem) { :host, .heads, .line { --name: 14rem; } }
  @container tables (min-width: 60rem) { .heads, .line { grid-template-columns: var(--name) 5.6rem 5.2rem minmax(8.5rem, 1fr) 10.5rem 6.4rem; column-gap: .8rem; } }
  @container tables (max-width: 42rem) {
    .heads, .line { grid-template-columns: var(--name) 4.1rem minmax(5.5rem, 1fr) 9.3rem 5.6rem; }
    .at { display: none; }
    .root .what { grid-column: 2 / -1; }
  }
  @container tables (max-width: 38rem) {
    .heads { display: none; }
    .heads, .line { grid-template-columns: minmax(9rem, 1fr) auto; --indent: .7rem; }
    .value, .at { display: none; }
    .line .bits { justify-content: flex-end; }
    .root .what { grid-column: 1 / -1; padding-left: 1.5rem; white-space: normal; line-height: 1.2rem; }
    .maps { grid-column: 1; padding-left: calc(var(--depth) * .7rem + 1.4rem); line-height: 1.2rem; }
    .to { grid-column: 2; justify-content: flex-end; line-height: 1.2rem; }
    .absent .what { text-align: right; }
    .to .zero, .maps .zero { display: none; }
    .strip { width: 8rem; }
    .line .bits .off { display: none; }
  }
`;
