/** What can be taken away as a file. */
import type { Session } from '../session.ts';
import { pngOf, svgOf } from './picture.ts';
import { traceLines } from './trace-lines.ts';

export type ExportKind = 'moment' | 'svg' | 'png' | 'trace' | 'console' | 'capture';

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const SUFFIX: Readonly<Record<ExportKind, string>> = {
  moment: 'glass',
  svg: 'svg',
  png: 'png',
  trace: 'jsonl',
  console: 'txt',
  capture: 'pcap',
};

/** Makes the file, of `stage` where it is a picture; undefined where there is nothing to be had. */
export async function exportFile(kind: ExportKind, session: Session, stage: Element | null): Promise<ExportedFile | undefined> {
  const { loaded, frame, view } = session.store.state;
  const bytes = await contents(kind, session, stage);
  if (!bytes) return undefined;
  const isPicture = kind === 'svg' || kind === 'png';
  return { name: `${loaded?.name ?? 'moment'}${isPicture ? `-${view.scene}` : ''}-${frame?.tick ?? 0}.${SUFFIX[kind]}`, bytes };
}

async function contents(kind: ExportKind, session: Session, stage: Element | null): Promise<Uint8Array | undefined> {
  const { host } = session.store.state;
  if (!host) return undefined;
  const text = (characters: string): Uint8Array => new TextEncoder().encode(characters);
  switch (kind) {
    case 'moment':
      return host.save();
    case 'capture':
      return host.capture();
    case 'console':
      return session.store.log.since(0);
    case 'trace':
      return text(traceLines(await host.records()));
    case 'svg':
      return stage ? text(svgOf(stage)) : undefined;
    case 'png':
      return stage ? pngOf(stage) : undefined;
  }
}
