/** “Would it hit without VPID?”: what the second machine found, of the lens's access and of all walks. */
import { html, nothing, type TemplateResult } from 'lit';
import type { VpidStudy } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import { say, type Sentence } from '../widgets/sentence.ts';
import { sentence, type TlbDrawing } from './tlb-parts.ts';
import { referencesCount, transitionAt, walksCount } from './tlb-words.ts';

/** How far the question has come: `none`: no guest has run; `far`: a second machine would have to run so many ticks, and waits to be asked. */
export type StudyState = 'none' | 'far' | 'running' | 'known';

export interface Asking {
  readonly state: StudyState;
  readonly run: () => void;
}

/** The answer for the lens's access, in one line. */
export function vpidAnswer(drawing: TlbDrawing, { state, run }: Asking): TemplateResult | typeof nothing {
  const { t, tick, study, walk, tlb } = drawing;
  if (tlb.isVpidOn === null || walk?.tlb.use === 'unused') return nothing;
  const question = html`<b>${t(tlb.isVpidOn ? 'tlb.withoutAsk' : 'tlb.withAsk')}</b>`;
  if (state === 'far')
    return html`${question} ${t('tlb.tooFar', { n: grouped(tick) })} <button class="link" @click=${run}>${t('tlb.tryIt')}</button>`;
  if (!study || !walk) return html`${question} <span class="note">${t('tlb.studying', { tick: grouped(tick) })}</span>`;
  return html`${question} <span class="answer">${sentence(drawing, answer(drawing, study, walk.tlb.use))}</span>`;
}

function answer({ history, tick }: TlbDrawing, { use, isVpidOn }: VpidStudy, here: VpidStudy['use']): Sentence {
  const transition = history.transitionBefore(tick);
  const values = { transition: transitionAt(history, tick), tick: grouped(transition?.at ?? 0) };
  if (isVpidOn) {
    if (use === 'hit') return say(here === 'hit' ? 'tlb.withoutHits' : 'tlb.differs', { use: say('tlb.use.hit') });
    if (use === 'miss') return here === 'miss' ? say('tlb.withoutMissesToo') : say('tlb.withoutMisses', values);
  } else {
    if (use === 'hit') return here === 'hit' ? say('tlb.withHitsToo') : say('tlb.withHits', values);
    if (use === 'miss') return say(here === 'miss' ? 'tlb.withMisses' : 'tlb.differs', { use: say('tlb.use.miss') });
  }
  return say('tlb.differs', { use: say(`tlb.use.${use}`) });
}

/** The whole comparison. */
export function comparison(drawing: TlbDrawing, asking: Asking): TemplateResult {
  const { t, tlb, study, tick } = drawing;
  if (tlb.isVpidOn === null) return html`<p class="serif">${t('tlb.noGuest')}</p>`;
  if (!study)
    return html`<p>${vpidAnswer(drawing, asking)}</p><p class="note">${t(tlb.isVpidOn ? 'tlb.tried.off' : 'tlb.tried.on', { tick: grouped(tick) })}</p>`;
  const { here, there, isVpidOn, isAlike, from, held, missing, reached } = study;
  const most = Math.max(1, here.references, there.references);
  const is = (isOn: boolean): string => t(isOn ? 'tlb.on' : 'tlb.off');
  const range = { from: grouped(from), tick: grouped(study.tick) };
  return html`<p class="serif">${sentence(drawing, verdict(study))}</p>
    <dl class="pair">${[
      { name: t('tlb.thisRun', { is: is(isVpidOn) }), count: here, kind: 'ours' },
      { name: t('tlb.otherRun', { is: is(!isVpidOn) }), count: there, kind: 'other' },
    ].map(
      ({
        name,
        count,
        kind,
      }) => html`<dt>${name}</dt><dd><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class=${kind} x="0" y="0" width=${(100 * count.references) / most} height="10"/></svg>
        <span>${sentence(drawing, walksCount(count.walks))}, ${sentence(drawing, referencesCount(count.references))}</span></dd>`,
    )}</dl>
    ${reached < study.tick ? html`<p class="unlike">${t('tlb.stopped', { tick: grouped(reached) })}</p>` : nothing}
    <p class="${isAlike ? '' : 'unlike'}">${t(isAlike ? 'tlb.alike' : 'tlb.unlike', range)}</p>
    <p>${t('tlb.of', { n: grouped(held.here), missing: grouped(missing.length), there: grouped(held.there) })}</p>
    <p class="note">${t(isVpidOn ? 'tlb.tried.off' : 'tlb.tried.on', { tick: grouped(study.tick) })}</p>`;
}

function verdict({ isVpidOn, here, there }: VpidStudy): Sentence {
  const [on, off] = isVpidOn ? [here, there] : [there, here];
  const walks = off.walks - on.walks;
  if (walks === 0) return say('tlb.savesNothing');
  if (walks < 0) return say('tlb.costs', { walks: walksCount(-walks) });
  return say(isVpidOn ? 'tlb.saves' : 'tlb.wouldSave', {
    walks: walksCount(walks),
    references: referencesCount(off.references - on.references),
  });
}
