/** What a page asks of its machine now and then: loaded when it is asked for the first time. */
import type { MachineHost, WalkExplanation } from '../api/protocol.ts';
import { readExpression } from '../ui/lessons/condition.ts';
import { holds, placeOf } from '../ui/lessons/evaluate.ts';
import { momentOf } from '../ui/lessons/guide.ts';
import { reachedBy } from '../ui/reading.ts';
import type { Session } from '../ui/session.ts';
import { hashOf, MOST_LINK } from '../ui/share/link.ts';
import { momentOf as sharedMomentOf } from '../ui/share/moment.ts';
import { pngOf, svgOf } from '../ui/share/picture.ts';
import { traceLines } from '../ui/share/trace-lines.ts';
import type { AccessKind, Address, RunTo, Translation, WalkDetail } from './types.ts';

/** Bytes that a translation shows. */
const SHOWN = 16;
const OUTCOMES: Readonly<Record<WalkExplanation['outcome']['kind'], WalkDetail['outcome']>> = {
  ok: 'ok',
  pageFault: 'page fault',
  eptViolation: 'EPT violation',
  eptMisconfiguration: 'EPT misconfiguration',
};

/** A linear address as it is written on a page. Throws a sentence. */
export function linearOf(session: Session, address: Address): number {
  const { loaded } = session.store.state;
  const text = String(address).replace(/^v:/i, '');
  const place = loaded && placeOf(readExpression(text), loaded);
  if (place === null) throw new Error(`"${address}" is no linear address of this program: write 0x401238, @label or line 12.`);
  return place >>> 0;
}

/** Where an access would go. */
export async function translate(session: Session, address: Address, access: AccessKind): Promise<Translation> {
  const { host } = session.store.state;
  if (!host) throw new Error('There is no machine.');
  const linear = linearOf(session, address);
  const [walk, bytes] = await Promise.all([host.walk(linear, access, 'current'), host.memory(linear, SHOWN, 'current')]);
  const { rows, missing, references, outcome, tlb, context } = walk;
  return {
    linear,
    access,
    guestPhysical: context.isNested ? (rows.at(-1)?.guestPhysical ?? null) : null,
    host: reachedBy(walk),
    outcome: OUTCOMES[outcome.kind],
    missing: missing && `${missing.bit.replace('/', '')} = ${missing.value}`,
    references: references.map((r) => ({
      table: `${r.dimension === 'ept' ? 'EPT ' : ''}${r.entry}[${r.index}]`,
      host: r.host,
      entry: (BigInt(r.high) << 32n) | BigInt(r.low),
    })),
    tlb: tlb.use,
    bytes,
  };
}

/** Whether a condition of the lessons' language holds now. Throws what is wrong with its text. */
export async function check(session: Session, condition: string): Promise<boolean> {
  const moment = momentOf(session.store.state, session);
  if (!moment) throw new Error('There is no machine.');
  return holds(readExpression(condition), moment);
}

/** Runs with these stops alone, then has the reader's own in force again. A tick is not run to here. */
export async function runTo(session: Session, spec: Exclude<RunTo, { tick: number }>): Promise<unknown> {
  if ('exit' in spec && spec.exit === 'any') return session.try((host) => host.step(1, 'exit'));
  const stops = {
    code: 'address' in spec ? [linearOf(session, spec.address)] : [],
    exitReasons: 'exit' in spec && spec.exit !== 'any' ? [spec.exit] : [],
    data: 'touch' in spec ? [spec.touch] : [],
  };
  return session.stoppingAt(stops, (host) => host.run());
}

/** The trace as JSON lines. */
export async function exportTrace(host: MachineHost): Promise<string> {
  return traceLines(await host.records());
}

/** A picture of `stage`. */
export async function exportImage(stage: Element, kind: 'svg' | 'png'): Promise<Blob> {
  if (kind === 'svg') return new Blob([svgOf(stage)], { type: 'image/svg+xml' });
  return new Blob([(await pngOf(stage)) as Uint8Array<ArrayBuffer>], { type: 'image/png' });
}

/** A link to the present moment on the whole page. */
export async function toUrl(session: Session, page: string | null): Promise<string> {
  if (page === null) throw new Error('Say where the whole page is: the attribute "app", or an address as parameter.');
  const moment = await sharedMomentOf(session);
  if (!moment) throw new Error('There is no machine.');
  const url = new URL(page, document.baseURI);
  url.hash = await hashOf(moment);
  if (url.href.length > MOST_LINK) throw new Error('The moment is too large for a link: save() it as a file.');
  return url.href;
}
