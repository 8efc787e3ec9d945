/** Address translation a second time, written from the manual with 64-bit entries as bigint and none of the code under test. Slow and plain. */

export interface ReferenceContext {
  readonly isPaged: boolean;
  readonly wp: boolean;
  readonly pse: boolean;
  readonly cr3: number;
  /** null: no EPT. */
  readonly eptp: bigint | null;
}

export type ReferenceResult =
  | { readonly host: number }
  | { readonly errorCode: number }
  | { readonly qualification: number; readonly physical: number }
  | { readonly misconfigured: number };

type Kind = 'read' | 'write' | 'fetch';

/** RAM from 0 up; elsewhere all ones, and stores are lost. */
export class ReferenceMemory {
  readonly words: Uint32Array;

  constructor(words: Uint32Array) {
    this.words = words;
  }

  read(address: number): number {
    return address < this.words.byteLength ? this.words[address / 4] : 0xffff_ffff;
  }

  or(address: number, bits: number): void {
    if (address < this.words.byteLength) this.words[address / 4] = (this.words[address / 4] | bits) >>> 0;
  }
}

interface EptResult {
  readonly host: number;
  readonly rights: { r: boolean; w: boolean; x: boolean };
}

const bit = (value: bigint, n: number): boolean => ((value >> BigInt(n)) & 1n) === 1n;
const field = (value: bigint, high: number, low: number): bigint => (value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);

class Stop extends Error {
  readonly result: ReferenceResult;
  constructor(result: ReferenceResult) {
    super('stop');
    this.result = result;
  }
}

/** Translates `linear` and makes the marks. */
export function referenceTranslate(
  memory: ReferenceMemory,
  context: ReferenceContext,
  linear: number,
  access: { readonly kind: Kind; readonly isUser: boolean },
): ReferenceResult {
  try {
    return { host: translate(memory, context, linear >>> 0, access) };
  } catch (stop) {
    if (stop instanceof Stop) return stop.result;
    throw stop;
  }
}

function translate(memory: ReferenceMemory, context: ReferenceContext, linear: number, access: { kind: Kind; isUser: boolean }): number {
  const { kind, isUser } = access;
  let physical = linear;
  if (context.isPaged) {
    const entries: { physical: number; host: number; rights: EptResult['rights']; value: number; isLeaf: boolean }[] = [];
    const error = (p: number, rsvd = 0): never => {
      throw new Stop({ errorCode: p + (kind === 'write' ? 2 : 0) + (isUser ? 4 : 0) + 8 * rsvd });
    };
    const readEntry = (at: number): number => {
      const found = throughEpt(memory, context, at, { kind: 'read', isTable: true });
      const value = memory.read(found.host);
      entries.push({ physical: at, host: found.host, rights: found.rights, value, isLeaf: false });
      return value;
    };
    const directory = Math.floor(context.cr3 / 4096) * 4096;
    const pde = readEntry(directory + 4 * Math.floor(linear / 0x400000));
    if (pde % 2 === 0) error(0);
    if (context.pse && Math.floor(pde / 128) % 2 === 1) {
      if (Math.floor(pde / 0x2000) % 512 !== 0) error(1, 1);
      physical = Math.floor(pde / 0x400000) * 0x400000 + (linear % 0x400000);
    } else {
      const pte = readEntry(Math.floor(pde / 4096) * 4096 + 4 * (Math.floor(linear / 4096) % 1024));
      if (pte % 2 === 0) error(0);
      physical = Math.floor(pte / 4096) * 4096 + (linear % 4096);
    }
    entries[entries.length - 1].isLeaf = true;
    const mayWrite = entries.every((e) => Math.floor(e.value / 2) % 2 === 1);
    const mayUser = entries.every((e) => Math.floor(e.value / 4) % 2 === 1);
    if (isUser && !mayUser) error(1);
    if (kind === 'write' && !mayWrite && (isUser || context.wp)) error(1);
    for (const e of entries) {
      const wanted = 0x20 + (e.isLeaf && kind === 'write' ? 0x40 : 0);
      if ((e.value & wanted) === wanted) continue;
      if (!e.rights.w) throw new Stop({ qualification: 0x82 + rightsBits(e.rights), physical: e.physical });
      memory.or(e.host, wanted);
    }
  }
  return throughEpt(memory, context, physical, { kind, isTable: false }).host;
}

function rightsBits(rights: EptResult['rights']): number {
  return (rights.r ? 8 : 0) + (rights.w ? 16 : 0) + (rights.x ? 32 : 0);
}

function throughEpt(
  memory: ReferenceMemory,
  context: ReferenceContext,
  physical: number,
  access: { kind: Kind; isTable: boolean },
): EptResult {
  if (context.eptp === null) return { host: physical, rights: { r: true, w: true, x: true } };
  const usesAD = bit(context.eptp, 6);
  const needs = {
    r: access.kind === 'read',
    w: access.kind === 'write' || (access.isTable && usesAD),
    x: access.kind === 'fetch',
  };
  const rights = { r: true, w: true, x: true };
  const violation = (): never => {
    const asked = (needs.r ? 1 : 0) + (needs.w ? 2 : 0) + (needs.x ? 4 : 0);
    throw new Stop({ qualification: asked + rightsBits(rights) + 0x80 + (access.isTable ? 0 : 0x100), physical });
  };
  let table = Number(field(context.eptp, 35, 12)) * 4096;
  const used: number[] = [];
  for (const [name, high, low] of [
    ['PML4E', 47, 39],
    ['PDPTE', 38, 30],
    ['PDE', 29, 21],
    ['PTE', 20, 12],
  ] as const) {
    const at = table + 8 * Number(field(BigInt(physical), high, low));
    const entry = BigInt(memory.read(at)) | (BigInt(memory.read(at + 4)) << 32n);
    used.push(at);
    rights.r &&= bit(entry, 0);
    rights.w &&= bit(entry, 1);
    rights.x &&= bit(entry, 2);
    if (field(entry, 2, 0) === 0n) violation();
    const isPage = name === 'PTE' || (name !== 'PML4E' && bit(entry, 7));
    if (isBroken(entry, name, isPage, low)) throw new Stop({ misconfigured: physical });
    table = Number(field(entry, 35, 12)) * 4096;
    if (!isPage) continue;
    if ((needs.r && !rights.r) || (needs.w && !rights.w) || (needs.x && !rights.x)) violation();
    if (usesAD) {
      for (const u of used) memory.or(u, 0x100);
      if (needs.w) memory.or(at, 0x200);
    }
    return { host: table + (physical % 2 ** low), rights };
  }
  throw new Error('the last level is a page');
}

/** SDM vol. 3, "EPT Misconfigurations", for MAXPHYADDR 36 with execute-only pages. */
function isBroken(entry: bigint, name: string, isPage: boolean, low: number): boolean {
  if (bit(entry, 1) && !bit(entry, 0)) return true;
  if (field(entry, 51, 36) !== 0n) return true;
  if (!isPage) return name === 'PML4E' ? field(entry, 7, 3) !== 0n : field(entry, 6, 3) !== 0n;
  if (low > 12 && field(entry, low - 1, 12) !== 0n) return true;
  return [2n, 3n, 7n].includes(field(entry, 5, 3));
}
