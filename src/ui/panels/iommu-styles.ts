import { css } from 'lit';

/** Styles of the IOMMU's panel, over those of the walk, whose dots and cells it uses: a column for each step, without a column of names. */
export const IOMMU_STYLES = css`
  .request { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem var(--s4); padding: .45rem 0 .35rem; flex: none; font-size: var(--t-small); }
  .request .tabs { gap: var(--s3); }
  /* A chevron has no border of its own: one shape inside another. */
  .io-chip { --shape: polygon(0 0, calc(100% - .55rem) 0, 100% 50%, calc(100% - .55rem) 100%, 0 100%, .55rem 50%); clip-path: var(--shape); display: inline-flex; height: 1.5rem; background: var(--gv-iova); padding: 1px 1.2px; color: var(--gv-iova); font: 400 .8125rem/1 var(--gv-mono); font-variant-ligatures: none; }
  .io-chip > span { clip-path: var(--shape); display: flex; align-items: center; padding: 0 .9rem 0 1.05rem; background: linear-gradient(var(--gv-iova-t), var(--gv-iova-t)), var(--gv-bg); }
  .io-chip input { font: inherit; color: inherit; background: none; border: 0; outline: none; width: 10.2ch; height: 1.4rem; }
  .io-chip:focus-within { background: var(--gv-fg); }
  .io-chip.wrong { background: var(--gv-fg); color: var(--gv-fg); }
  select { font: 400 var(--t-mono)/1.4 var(--gv-mono); color: var(--gv-fg); background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; height: 1.5rem; max-width: 13rem; min-width: 0; text-overflow: ellipsis; }
  select option { background: var(--gv-bg); color: var(--gv-fg); }
  .made { color: var(--ink3); white-space: nowrap; }

  .path { display: grid; grid-template-columns: repeat(var(--n), minmax(0, 1fr)); column-gap: 0; flex: none; padding: .1rem 0 .5rem; --n: 5; }
  .path.n2 { --n: 2; } .path.n3 { --n: 3; } .path.n4 { --n: 4; } .path.n5 { --n: 5; } .path.n6 { --n: 6; } .path.n7 { --n: 7; }
  .step { min-width: 0; }
  .top { padding-right: .6rem; }
  .step:last-child .top { padding-right: 0; }
  .title-line { display: flex; justify-content: space-between; align-items: baseline; gap: .3rem; white-space: nowrap; overflow: hidden; line-height: 1.25rem; }
  .title-line .note { overflow: hidden; text-overflow: ellipsis; font-size: var(--t-micro); }
  .digits { font-size: var(--t-small); min-height: calc(1.1rem + 6px); }
  .digits.none { border-bottom-color: var(--rule-strong); }
  .digits.none + *, .digits.none { margin-bottom: .9rem; }
  .step .under { line-height: .9rem; padding-top: 0; min-height: .9rem; }
  .step .cell { margin-top: .3rem; min-height: 4.6rem; }
  .step .lines { padding-right: .35rem; }
  .step .lines .note { white-space: normal; line-height: 1.15; }
  .n6 .cell .zero, .n7 .cell .zero { display: none; }
  .step .guest .line { display: block; }
  .step .fault .line { display: none; }
  .step .fault::before { right: .15rem; left: -.35rem; }
  .step .passed .line { left: 0; }
  .step .end .lines { padding-left: 0; }
  .plain { padding: var(--s3) 0; max-width: 46rem; text-wrap: pretty; }

  .compare { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 var(--s4); flex: none; border-top: 1px solid var(--rule); padding: .35rem 0; font-size: var(--t-small); line-height: 1.25rem; }
  .compare dt { color: var(--ink2); white-space: nowrap; }
  .compare dd { min-width: 0; }
  .compare .address { font-size: inherit; }
  .compare b, .compare dd { color: var(--gv-fg); }
  .double { border-bottom: 3px double var(--gv-fg); }

  .sections { display: flex; align-items: stretch; height: 1.9rem; border-top: 1px solid var(--rule-strong); border-bottom: 1px solid var(--rule); flex: none; }
  .sections .tabs { flex: 1; min-width: 0; }
  .sections .tabs button { font-size: var(--t-body); }
  .sections .count { color: var(--ink3); font-weight: 400; font-size: var(--t-small); }
  .section { flex: 1 0 9rem; min-height: 9rem; overflow: auto; scrollbar-width: thin; padding: .3rem 0 .5rem; }
  .section h2 { font: 600 var(--t-small)/1.5rem var(--gv-sans); line-height: 1.5rem; color: var(--ink2); position: sticky; top: -1px; z-index: 2; background: var(--gv-bg); }
  .section > * + h2 { margin-top: .5rem; }
  .section p { line-height: 1.35; font-size: var(--t-body); padding: .1rem 0; text-wrap: pretty; }
  .section p.note { font-size: var(--t-small); }
  .records td { vertical-align: top; }
  .records .wide { white-space: normal; min-width: 12rem; }
  .stale-mark { font-weight: 600; border-bottom: 3px double var(--gv-fg); font: 600 var(--t-small)/1 var(--gv-sans); }
  .stale-row td { background: var(--sheet); }
  .log { display: flex; flex-direction: column; }
  .log li { display: grid; grid-template-columns: 4.2rem minmax(0, 1fr) auto; gap: 0 var(--s3); align-items: baseline; border-bottom: 1px solid var(--rule2); line-height: 1.5rem; }
  .log .tick { font: 400 var(--t-mono)/1.5rem var(--gv-mono); color: var(--ink3); text-align: right; }
  .log .what { line-height: 1.35; padding: .15rem 0; }
  .log .address, .log .mono { font-size: var(--t-mono); }
  .group { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: 0 var(--s3); border-bottom: 1px solid var(--rule2); padding: .2rem 0; }
  .group h2 { line-height: 1.35rem; color: var(--gv-fg); }
  .group .members { display: flex; flex-wrap: wrap; gap: 0 var(--s3); line-height: 1.35rem; }
  .group .members .note { font-size: var(--t-small); }
  .group p { padding: 0; }
  .group .refusal { font-weight: 600; }
  .words { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr)); gap: 0 var(--s6); }
  .words > div { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: var(--s2); border-bottom: 1px solid var(--rule2); line-height: 1.35rem; padding: .05rem 0; }
  .words dt { color: var(--ink2); font-size: var(--t-small); line-height: inherit; }
  .words .address { font-size: var(--t-small); }
  .words dd { font-size: var(--t-small); line-height: 1.35; padding: .1rem 0; }
  .words dd, .compare dd { overflow-wrap: anywhere; }
  .table-scroll { overflow: auto; flex: none; padding-bottom: var(--s2); }

  @container walk (max-height: 25rem) { .step .cell { min-height: 3.6rem; } .compare { padding: .15rem 0; line-height: 1.15rem; } .request { padding: .25rem 0 .15rem; } }
  @container walk (max-width: 33rem) {
    .step .cell .zero { display: none; }
    .step .digits { font-size: var(--t-micro); }
    .title-line .note { display: none; }
  }
  @container walk (max-width: 26rem) {
    .step .cell .zero { display: inline; }
    .title-line .note { display: inline; }
    .path { grid-template-columns: minmax(0, 1fr) !important; row-gap: .5rem; }
    .step { display: grid; grid-template-columns: 6.6rem minmax(0, 1fr); column-gap: .6rem; align-items: start; }
    .title-line { flex-direction: column; gap: 0; line-height: 1.15rem; }
    .title-line .note { max-width: 100%; font-size: var(--t-small); }
    .digits, .step .under { display: none; }
    .top { padding: 0; }
    .step .cell { margin: 0; min-height: 0; padding-left: 1.6rem; }
    .step .cell .dot, .step .cell .ring { position: absolute; left: 0; top: 0; }
    .step .cell .index { position: relative; left: 0; top: 0; padding: 0; background: none; font-size: var(--t-small); line-height: 1.25rem; }
    .step .lines, .step .end .lines, .step .entry-cell .lines { padding-left: 0; padding-top: 0; }
    .step .cell .line { left: .6rem; right: auto; width: 0; top: 1.25rem; bottom: -.6rem; border-top: 0; border-left: 1.2px solid var(--gv-fg); display: block; }
    .step .cell.ends .line, .step .cell.ahead .line { border-left-color: var(--rule); }
    .step .cell.passed { min-height: 1.2rem; }
    .step .cell.passed .line { left: .6rem; top: -.6rem; }
    .n6 .cell .zero, .n7 .cell .zero { display: inline; }
    .step .fault .line { display: none; }
    .step .fault::before { inset: -.25rem 0 -.2rem -.3rem; }
    .compare { grid-template-columns: minmax(0, 1fr); }
    .compare dd { padding-bottom: .2rem; }
    .log li { grid-template-columns: minmax(0, 1fr) auto; }
    .log .tick { grid-column: 1 / -1; text-align: left; line-height: 1rem; padding-top: .2rem; }
    .group { grid-template-columns: minmax(0, 1fr); }
    .words > div { grid-template-columns: 8rem minmax(0, 1fr); }
    .scroll { margin: 0; padding: 0; }
    .section { overflow: auto hidden; flex: none; }
  }
`;
