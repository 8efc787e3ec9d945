/** `db` and its kin -> bytes. NASM manual, "DB and Friends". */
import type { Assembly } from './assembly.ts';
import { checkRange, pushNumber, type Resolver } from './encode.ts';
import { SourceError } from './errors.ts';
import { MAX_OUTPUT, type ByteSink, tooLarge } from './output.ts';
import type { DataItem } from './syntax.ts';
import { isSimple } from './value.ts';

/** Appends the bytes of `items`, each `width` bytes wide, to `sink`. */
export function pushData(assembly: Assembly, items: readonly DataItem[], width: number, sink: ByteSink): void {
  for (const item of items) pushItem(assembly, item, width, sink);
}

/** The part of an assembly that encoders need. */
export function resolverOf(assembly: Assembly): Resolver {
  return {
    resolve: (value) => assembly.resolve(value),
    sectionAddress: BigInt(assembly.location.section?.address ?? 0),
    warning: (at, message) => assembly.warn(at, message),
  };
}

function pushItem(assembly: Assembly, item: DataItem, width: number, sink: ByteSink): void {
  switch (item.kind) {
    case 'value':
      sink.append(numberBytes(assembly, item, width));
      break;
    case 'string':
      sink.append(item.bytes);
      pad(sink, width - (item.bytes.length % width || width));
      break;
    case 'float':
      sink.append(floatBytes(item, width));
      break;
    case 'open':
      pad(sink, width);
      break;
    case 'repeated':
      repeat(assembly, item, width, sink);
      break;
  }
}

function numberBytes(assembly: Assembly, item: DataItem & { kind: 'value' }, width: number): number[] {
  const value = assembly.value(item.value);
  if (!isSimple(value) || value.terms.some((term) => 'class' in term.unit)) {
    throw new SourceError(
      item.at,
      'Data must be a number, or a label plus a number.',
      'Labels can be subtracted in pairs, or one be added.',
    );
  }
  checkRange(item.at, value, width, resolverOf(assembly));
  const bytes: number[] = [];
  pushNumber(bytes, assembly.resolve(value), width);
  return bytes;
}

function floatBytes(item: DataItem & { kind: 'float' }, width: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  if (width < 4) throw new SourceError(item.at, 'A fraction takes four bytes (`dd`) or eight (`dq`).');
  if (width === 4) view.setFloat32(0, item.number, true);
  else view.setFloat64(0, item.number, true);
  return new Uint8Array(view.buffer, 0, width);
}

function repeat(assembly: Assembly, item: DataItem & { kind: 'repeated' }, width: number, sink: ByteSink): void {
  const count = assembly.number(item.count, 'The count of `dup`');
  const from = sink.length;
  if (count < 0n) throw new SourceError(item.at, `The count of \`dup\` is ${count}.`);
  pushData(assembly, item.items, width, sink);
  const once = sink.view().slice(from);
  if (count * BigInt(once.length) > BigInt(MAX_OUTPUT)) throw tooLarge(item.at);
  sink.length = from;
  sink.repeat(once, Number(count));
}

function pad(sink: ByteSink, count: number): void {
  for (let i = 0; i < count; i++) sink.push(0);
}
