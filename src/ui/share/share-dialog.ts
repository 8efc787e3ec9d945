import { css, html, nothing, type TemplateResult } from 'lit';
import { saveFile } from '../app/files.ts';
import type { MessageKey } from '../i18n/en.ts';
import { prose } from '../i18n/typography.ts';
import { Panel } from '../panel.ts';
import { grouped } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { type Embedded, elementSnippet, frameSnippet } from './embed.ts';
import { type ExportKind, exportFile } from './exports.ts';
import { MOST_LINK, shortHashOf, wordsOf } from './link.ts';
import { momentOf } from './moment.ts';
import { qrPath } from './qr.ts';

const FILES: readonly ExportKind[] = ['moment', 'svg', 'png', 'trace', 'console', 'capture'];
const COPIED_MS = 2000;
type Copyable = 'link' | 'element' | 'frame';

/** What is given away of the present moment: a link with its QR code, what goes into another page, files. Made when it is opened, of the instant at which it is. */
export class ShareDialog extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    moment: { state: true },
    copied: { state: true },
    refused: { state: true },
    qr: { state: true },
  };
  declare session: Session;
  /** The panel on the stage, for its picture. */
  stage: () => Element | null = () => null;
  declare private moment: { readonly tick: number; readonly link: string; readonly embedded: Embedded } | null;
  declare private copied: Copyable | null;
  declare private refused: boolean;
  declare private qr: { readonly path: string; readonly size: number } | null;

  static override styles = [
    SHARED,
    css`
      dialog { margin: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s6) var(--s5); width: min(44rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); overflow: auto; }
      dialog::backdrop { background: var(--gv-root-soft); }
      .moment { display: grid; grid-template-columns: minmax(0, 1fr) 10rem; gap: var(--s2) var(--s6); align-items: start; }
      .qr { display: block; width: 100%; background: #fff; }
      .noqr { border: 1px dashed var(--rule-strong); aspect-ratio: 1; display: grid; place-items: center; padding: var(--s3); text-align: center; }
      p { font: 400 var(--t-lead)/1.42 var(--gv-serif); margin-bottom: var(--s3); }
      h3 { color: var(--ink2); border-bottom: 1px solid var(--rule); margin: var(--s4) 0 var(--s2); padding-bottom: .15rem; }
      .field { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr) auto; gap: var(--s2); align-items: baseline; margin-bottom: var(--s1); }
      .field :is(input, textarea) { width: 100%; font: 400 var(--t-mono)/1.4 var(--gv-mono); color: inherit; background: var(--gv-bg); border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); padding: .3rem .4rem; resize: none; }
      .files { display: flex; flex-wrap: wrap; gap: var(--s1) var(--s5); }
      @media (max-width: 40rem) {
        .moment { grid-template-columns: minmax(0, 1fr); }
        :is(.qr, .noqr) { max-width: 12rem; }
        .field { grid-template-columns: minmax(0, 1fr) auto; }
        .field label { grid-column: 1 / -1; }
      }
    `,
  ];

  constructor() {
    super();
    this.moment = null;
    this.copied = null;
    this.refused = false;
    this.qr = null;
  }

  protected inputs({ view: { language } }: State): readonly unknown[] {
    return [language];
  }

  /** Opens, of the moment that is present. */
  async open(): Promise<void> {
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector('dialog');
    this.moment = null;
    this.qr = null;
    this.refused = false;
    dialog?.showModal();
    await this.make();
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title">
      <form method="dialog"><div class="head"><h2 id="title">${this.t('share.title')}</h2><span class="space"></span><button class="link">${this.t('keys.close')}</button></div></form>
      ${this.moment ? this.parts(this.moment) : html`<p role="status">${this.t('share.making')}</p>`}
    </dialog>`;
  }

  private parts({ tick, link, embedded }: NonNullable<ShareDialog['moment']>): TemplateResult {
    const isLong = link.length > MOST_LINK;
    return html`<div class="moment"><div>
        <p>${isLong ? this.t('share.tooLong', { size: link.length, most: MOST_LINK }) : this.t('share.about', { tick: grouped(tick) })}</p>
        ${isLong ? nothing : this.field('link', 'share.link', link)}
        <div role="status" class="note">${this.copied ? this.t('share.copied') : this.refused ? this.t('share.copyFailed') : nothing}</div>
        <h3>${this.t('share.files')}</h3>
        <div class="files">${FILES.filter((kind) => this.isThere(kind)).map((kind) => html`<button class="link" data-file=${kind} @click=${() => this.save(kind)}>${this.t(`share.file.${kind}`)}</button>`)}<button class="link" data-file="print" @click=${() => this.print()}>${this.t('print.print')}</button></div>
        <div class="note">${this.t('share.fileAbout')}</div>
      </div>${isLong ? nothing : this.code()}</div>
      <h3>${this.t('share.page')}</h3>
      ${embedded.words ? nothing : html`<div class="note">${this.t('share.elementNeedsFile')}</div>`}
      ${this.field('element', 'share.element', elementSnippet(embedded), 4)}
      ${isLong ? nothing : this.field('frame', 'share.frame', frameSnippet(embedded), 3)}`;
  }

  /** Black on white in every theme: cameras want it so. */
  private code(): TemplateResult {
    return this.qr
      ? html`<svg class="qr" viewBox="0 0 ${this.qr.size} ${this.qr.size}" role="img" aria-label=${this.t('share.qr')} shape-rendering="crispEdges"><path d=${this.qr.path} fill="#000" /></svg>`
      : html`<div class="noqr note">${this.t('share.noQr')}</div>`;
  }

  private field(what: Copyable, title: MessageKey, text: string, rows = 1): TemplateResult {
    const select = (event: Event): void => (event.target as HTMLInputElement).select();
    const control =
      rows === 1
        ? html`<input id=${what} readonly .value=${text} @focus=${select} />`
        : html`<textarea id=${what} readonly rows=${rows} spellcheck="false" .value=${text} @focus=${select}></textarea>`;
    return html`<div class="field"><label for=${what}>${this.t(title)}</label>${control}<button class="link" data-copy=${what} @click=${() => this.copy(what, text)}>${this.t('share.copy')}<span class="visually-hidden"> (${this.t(title)})</span></button></div>`;
  }

  private isThere(kind: ExportKind): boolean {
    const { loaded } = this.state;
    return kind !== 'capture' || loaded?.has.some((part) => part === 'virtio' || part === 'pci') === true;
  }

  private async make(): Promise<void> {
    const moment = await momentOf(this.session);
    if (!moment) return;
    const { guests, guestId, loaded, view } = this.state;
    const guest = guests.find((g) => g.id === guestId);
    const link = new URL(await shortHashOf(moment), location.href.replace(/[?#].*$/, '')).href;
    const embedded: Embedded = {
      words: wordsOf(moment),
      link,
      file: `${loaded?.name ?? 'moment'}.glass`,
      title: guest ? prose(view.language, guest.title[view.language]) : (loaded?.name ?? ''),
      language: view.language,
      scene: view.scene,
    };
    this.moment = { tick: moment.recipe.tick, link, embedded };
    this.qr = link.length > MOST_LINK ? null : qrPath(link);
  }

  private async copy(what: Copyable, text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = what;
      setTimeout(() => (this.copied = null), COPIED_MS);
    } catch {
      this.refused = true;
      this.renderRoot.querySelector<HTMLInputElement>(`#${what}`)?.focus();
    }
  }

  /** On paper: one's own link leads back, for want of a code. */
  private async print(): Promise<void> {
    const [stage, { moment, qr }] = [this.stage(), this];
    if (!stage || !moment) return;
    const code = await this.session.bring(import('./print.ts'));
    if (code) await code.printMoment(this.session, stage, { tick: moment.tick, link: moment.link, qr, title: moment.embedded.title });
  }

  private async save(kind: ExportKind): Promise<void> {
    // A PNG is an image of the page's own making, which some sites' policies refuse.
    const refused = (): undefined => {
      this.session.say('share.noPng');
      return undefined;
    };
    const work = (): ReturnType<typeof exportFile> => exportFile(kind, this.session, this.stage());
    const file = await (kind === 'png' ? work().catch(refused) : this.session.try(work));
    if (file) saveFile(file.name, file.bytes);
    else this.renderRoot.querySelector('dialog')?.close();
  }
}

customElements.define('gv-share', ShareDialog);
