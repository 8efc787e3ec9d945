import { css } from 'lit';

/** Styles of the walk: aligned to its columns, one double rule for a refusal, nothing else boxed. Columns and rows are of one size, so that lines can be drawn
 *  by borders. */
export const WALK_STYLES = css`
  .partial .dot[aria-pressed='true'] { background: var(--gv-now); color: var(--on-now); border-color: var(--gv-now); font-weight: 600; }
  :host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: walk / inline-size; --text: 1.05rem; --lane: 1.4rem; }
  :host([layout='desk']), :host([layout='narrow']) { container-type: size; }
  .ruler, .loupe, .picture { --name: 7.7rem; }
  .name { display: flex; flex-direction: column; line-height: var(--text); min-width: 0; }
  .name b { line-height: 1.25rem; }
  .how { color: var(--ink2); font: 400 var(--t-small)/var(--text) var(--gv-mono); }
  .how .address { font-size: inherit; }

  /* The linear address, and an entry, as a ruler. */
  .ruler { display: grid; grid-template-columns: var(--name) minmax(0, 1fr); padding: .5rem 0 .2rem; flex: none; }
  .fields, .groups { display: flex; gap: 6px; min-width: 0; }
  .field, .group { min-width: 0; flex: 1; }
  .w10, .b10 { flex-grow: 10; } .w12 { flex-grow: 12; } .w22, .b22 { flex-grow: 22; } .w32, .b32 { flex-grow: 32; }
  .b20 { flex-grow: 20; } .b2 { flex-grow: 2; } .b3 { flex-grow: 3; } .b4 { flex-grow: 4; } .b5 { flex-grow: 5; } .b6 { flex-grow: 6; } .b7 { flex-grow: 7; } .b8 { flex-grow: 8; } .b9 { flex-grow: 9; }
  .digits { display: flex; border-bottom: 1px solid var(--gv-fg); font: 400 var(--t-mono)/1.1rem var(--gv-mono); overflow: hidden; padding-bottom: 5px; position: relative; }
  .digits span { flex: 1; text-align: center; color: var(--ink3); position: relative; }
  .digits span::after { content: ''; position: absolute; left: 0; bottom: -5px; height: 3px; border-left: 1px solid var(--rule-strong); }
  .digits .nibble::after { height: 6px; border-color: var(--gv-fg); }
  .digits .one { color: var(--gv-fg); font-weight: 600; }
  .under { display: flex; justify-content: space-between; align-items: baseline; gap: 2px; font-size: var(--t-micro); color: var(--ink3); padding-top: 2px; white-space: nowrap; }
  .of { font-size: var(--t-small); color: var(--ink2); overflow: hidden; text-overflow: ellipsis; }
  .of b { color: var(--gv-fg); font-size: inherit; }

  .scroll { flex: 1; min-height: 0; overflow: auto; display: flex; flex-direction: column; scrollbar-width: thin; }
  .picture { flex: none; padding-bottom: .6rem; }
  .picture { --n: 1; --column: calc((100% - var(--name)) / var(--n)); }
  .n2 { --n: 2; } .n3 { --n: 3; } .n4 { --n: 4; } .n5 { --n: 5; }
  .over, .columns, .row { display: grid; grid-template-columns: var(--name) repeat(var(--n), minmax(0, 1fr)); }
  .over { font-size: var(--t-small); color: var(--ink2); padding-top: .35rem; white-space: nowrap; }
  .over .address { font-size: inherit; }
  .ept-side { grid-column: 2 / -2; display: flex; justify-content: space-between; gap: var(--s2); border-bottom: 1px solid var(--rule-strong); margin-right: 1.5rem; overflow: hidden; }
  .guest-side { grid-column: -2; border-bottom: 1px solid var(--rule-strong); overflow: hidden; text-overflow: ellipsis; }
  .column { display: flex; align-items: baseline; gap: .5rem; padding-top: 2px; white-space: nowrap; overflow: hidden; }
  .bits-of { font-size: var(--t-micro); }
  .row { padding-top: .3rem; }
  .cell { position: relative; min-width: 0; }
  .dot, .ring { position: relative; z-index: 1; display: grid; place-items: center; width: 1.25rem; height: 1.25rem; border-radius: 50%; border: 1.2px solid var(--gv-fg); background: var(--gv-bg); font: 600 var(--t-small)/1 var(--gv-sans); font-feature-settings: 'tnum'; text-align: center; transition: background-color var(--gv-anim-ms) var(--ease), color var(--m-quick); }
  .dot::after { content: ''; position: absolute; inset: -3px; border-radius: 50%; }
  .dot:hover::after { box-shadow: 0 0 0 1px var(--rule-strong); }
  .ring { border: 1.2px dashed var(--rule-strong); }
  .line { position: absolute; left: 1.25rem; right: 0; top: .6rem; border-top: 1.2px solid var(--gv-fg); }
  .passed .line { left: 0; }
  .passed > .note { position: absolute; top: 0; left: .3rem; background: var(--gv-bg); padding: 0 .25rem; line-height: 1.2rem; white-space: nowrap; }
  .index { position: absolute; left: 1.6rem; top: .05rem; padding: 0 .25rem; background: var(--gv-bg); font: 400 var(--t-small)/1.15rem var(--gv-mono); font-variant-ligatures: none; color: var(--ink2); white-space: nowrap; }
  .lines { display: flex; flex-direction: column; line-height: var(--text); padding-top: 1px; white-space: nowrap; overflow: hidden; }
  .lines > * { min-height: var(--text); }
  .entry { font: 400 var(--t-mono)/var(--text) var(--gv-mono); font-variant-ligatures: none; }
  .equals { color: var(--ink3); }
  .bits { display: flex; gap: .42rem; font: 400 var(--t-small)/var(--text) var(--gv-mono); font-variant-ligatures: none; }
  .bits .on { font-weight: 600; }
  .bits .off { color: var(--ink3); opacity: .8; }
  .failed { background: var(--gv-fg); color: var(--gv-bg); padding: 0 .25rem; margin: 0 -.1rem; font-weight: 600; }
  .never { color: var(--ink2); font-size: var(--t-small); }
  .again .dot { border-color: var(--rule-strong); color: var(--ink2); font-weight: 400; }
  .guest .line, .entry-cell .line { display: none; }
  .guest .dot { background: var(--gv-fg); color: var(--gv-bg); }
  .guest .index { left: 1.35rem; }
  .entry-cell .lines, .end .lines { padding-left: 1.35rem; }
  .end .ring { margin-left: 0; }
  .end .lines { padding-left: 0; }
  .reached .ring { border: 1.2px solid var(--gv-fg); }
  .reached .ring::after { content: ''; width: .4rem; height: .4rem; border-radius: 50%; background: var(--gv-fg); }
  .ahead .line, .ends .line { border-top-color: var(--rule); }
  /* From a guest's entry down, back to the left, and into the next row. */
  .entry-cell:not(.fault)::after { content: ''; position: absolute; left: calc(.625rem - .6px); top: 1.25rem; bottom: 0; border-left: 1.2px solid var(--gv-fg); }
  .entry-cell.ahead::after { border-color: var(--rule); }
  .lane { position: relative; height: var(--lane); display: flex; align-items: center; justify-content: flex-end; padding-right: calc(var(--column) + .6rem); font: 400 var(--t-small)/1rem var(--gv-mono); font-variant-ligatures: none; color: var(--ink2); white-space: nowrap; }
  .lane::before { content: ''; position: absolute; left: .3rem; right: calc(var(--column) - .625rem - .6px); top: 0; bottom: 50%; border: solid var(--gv-fg); border-width: 0 1.2px 1.2px 0; }
  .lane::after { content: ''; position: absolute; left: .3rem; top: calc(50% - 1.2px); bottom: -.25rem; border-left: 1.2px solid var(--gv-fg); }
  .lane span:not(.address):not(.zero) { position: relative; z-index: 1; background: var(--gv-bg); padding: 0 .5rem; }
  .lane .address { font-size: inherit; }
  .lane.ahead::before, .lane.ahead::after { border-color: var(--rule); }
  /* A refusal: double rule, the bit in reverse. */
  .fault::before { content: ''; position: absolute; inset: -.35rem .4rem -.3rem -.45rem; border: 3px double var(--gv-fg); background: var(--sheet); }
  .fault .lines, .fault .index { z-index: 1; background: none; }
  .fault .lines { position: relative; }
  .fault .dot { background: var(--gv-now); border-color: var(--gv-now); color: var(--on-now); font-weight: 600; }
  .fault .line { display: none; }
  .fault .off { display: none; }
  .fault.guest .lines { padding-right: .6rem; }
  /* The TLB answers: nothing of this is read. */
  .saved .lines :is(.address, .entry, .on, .off) { color: var(--ink3); }
  .saved .dot { text-decoration: line-through; border-color: var(--rule-strong); color: var(--ink2); font-weight: 400; background: var(--gv-bg); }
  .saved :is(.line, .lane::before, .lane::after, .entry-cell::after) { border-color: var(--rule-strong); }
  .saved .lane::before, .saved .lane::after, .saved .entry-cell::after { border-color: var(--rule-strong); }

  /* Without EPT: a column under each field of the address. */
  .flat { padding-top: .4rem; }
  .flat .columns, .flat .row { grid-template-columns: var(--name) minmax(0, 10fr) minmax(0, 10fr) minmax(0, 12fr); column-gap: 6px; }
  .flat.large .columns, .flat.large .row { grid-template-columns: var(--name) minmax(0, 10fr) minmax(0, 22fr); }
  .flat .columns { margin: 0; }
  .flat .column { border-bottom: 1px solid var(--rule-strong); padding-bottom: 2px; }
  .flat .guest .line { display: block; right: -6px; }
  .flat .ahead .line { right: -6px; }
  .flat .guest .index { left: 1.6rem; }
  .flat .fault .line { display: none; }
  .flat .fault::before { right: 1rem; }

  .plain { padding: var(--s4) 0 var(--s5); font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  .stale { display: flex; flex-wrap: wrap; gap: .1rem var(--s5); border: 3px double var(--gv-fg); background: var(--sheet); padding: .3rem .6rem; margin: .3rem 0; font-size: var(--t-small); line-height: 1.15rem; flex: none; }
  .loupe { display: none; flex: none; grid-template-columns: var(--name) minmax(0, 1fr); border-top: 1px solid var(--rule); padding: var(--s3) 0; margin-top: auto; }
  .flat ~ .loupe { margin-top: 0; display: grid; }
  .flat + .loupe { margin-top: var(--s5); }
  .title { display: flex; align-items: center; gap: .45rem; line-height: 1.25rem; }
  .number { display: grid; place-items: center; width: 1.25rem; height: 1.25rem; border-radius: 50%; border: 1.2px solid var(--gv-fg); font: 600 var(--t-small)/1 var(--gv-sans); }
  .decides .number { background: var(--gv-now); border-color: var(--gv-now); color: var(--on-now); }
  .groups { gap: 5px; }
  .group .of { text-align: center; padding-top: 2px; white-space: nowrap; }
  .b1 .of { font-size: .5625rem; letter-spacing: -.02em; overflow: visible; margin: 0 -4px; }
  .group .of .address { font-size: inherit; }
  .deciding .digits { background: var(--gv-fg); }
  .deciding .digits span { color: var(--gv-bg); font-weight: 600; }
  .deciding .of { color: var(--gv-fg); font-weight: 600; overflow: visible; }
  .foot { display: flex; flex: none; align-items: center; gap: 0 var(--s5); min-height: 1.75rem; border-top: 1px solid var(--rule); font-size: var(--t-small); color: var(--ink2); white-space: nowrap; overflow: hidden; }
  .foot .address { font-size: inherit; }
  .foot b { color: var(--gv-fg); }
  .outcome { overflow: hidden; text-overflow: ellipsis; }
  .bits-line .off { color: var(--ink3); }
  .bits-line .on { color: var(--gv-fg); font-weight: 600; }
  .bits mark { font-weight: 600; }
  .refused { color: var(--gv-fg); font-weight: 600; }

  @container walk (max-height: 22rem) { .flat ~ .loupe { display: none; } }
  /* Where the root layer is open under it, the whole walk still fits a laptop. */
  @container walk (max-height: 27rem) {
    .picture { --text: 1rem; --lane: 1.15rem; padding-bottom: .4rem; }
    .over { padding-top: 1px; }
    .row { padding-top: .1rem; }
    .lane + .row { padding-top: .2rem; }
    .fault::before { top: -.22rem; }
    .ruler { padding: .3rem 0 0; }
  }
  @container walk (min-height: 29rem) { .picture { --lane: 1.7rem; } .row { padding-top: .4rem; } .ruler { padding: .6rem 0 .3rem; } }
  @container walk (min-height: 33rem) { .picture { --lane: 2.1rem; --text: 1.15rem; } .loupe { display: grid; } .row { padding-top: .55rem; } .ruler { padding: var(--s4) 0 var(--s3); } }
  @container walk (min-width: 50rem) { .ruler, .loupe, .picture { --name: 8.5rem; } }
  @container walk (max-width: 42rem) {
    .ruler, .loupe, .picture { --name: 6.3rem; }
    .cell :is(.zero, .prefix), .name .zero, .over .root .zero { display: none; }
    .bits-of { display: none; }
    .index, .guest .index { left: 1.3rem; padding: 0 .1rem; }
    .lane .zero { display: none; }
  }
  @container walk (max-width: 33rem) {
    .ruler { display: none; }
    .scroll { margin-right: -.5rem; padding-right: .5rem; }
    .loupe { display: none; }
    .index { font-size: var(--t-micro); }
    .picture { --name: 0rem; }
    .over { display: none; }
    .over, .columns, .row { grid-template-columns: repeat(var(--n), minmax(0, 1fr)); }
    .columns > :first-child { display: none; }
    .columns { border-bottom: 1px solid var(--rule); }
    .column b { font-size: var(--t-small); color: var(--ink2); }
    .row > .name { grid-column: 1 / -1; flex-direction: row; align-items: baseline; gap: .5rem; }
    .row > .name .how { margin-left: auto; color: var(--ink3); }
    .bits :is(.off, .minor) { display: none; }
    .bits { gap: .3rem; }
    .entry .equals { display: none; }
    .lane { display: none; }
    .entry-cell::after { display: none; }
    .entry-cell .lines, .fault.guest .lines { padding-left: 0; padding-right: 0; }
    .fault::before { inset: -.25rem .1rem -.25rem -.35rem; }
    .passed > .note { display: none; }
    .foot { flex-wrap: wrap; white-space: normal; padding: .2rem 0; }
    .flat .columns, .flat .row { grid-template-columns: minmax(0, 10fr) minmax(0, 10fr) minmax(0, 10fr); }
    .flat.large .columns, .flat.large .row { grid-template-columns: minmax(0, 10fr) minmax(0, 12fr); }
    .flat .how { font-size: var(--t-micro); white-space: nowrap; }
    .flat ~ .loupe { display: none; }
    .never { white-space: normal; }
  }
`;
