/** The values that can be changed by hand, each as a request to the reader. */
import type { Edit, ExplainedReference, WalkContext } from '../../api/protocol.ts';
import type { BitField } from '../../arch/bit-field.ts';
import { EFLAGS_BITS } from '../../arch/eflags.ts';
import { EPT_PAGE_BITS, EPT_TABLE_BITS } from '../../arch/ept.ts';
import { CR0_BITS, CR4_BITS, PDE4M_BITS, PDE_BITS, PTE_BITS } from '../../arch/paging.ts';
import { fieldWidth, type VmcsField } from '../../arch/vmcs-fields.ts';
import type { Control } from '../../arch/vmx-controls.ts';
import { hexText } from '../widgets/number.ts';
import { bytesOf, readBytes, readHex, readWide } from './read.ts';
import type { EditRequest } from './request.ts';

/** Registers that are a set of named bits. */
const WORDS: Readonly<Record<string, readonly BitField[]>> = { EFLAGS: EFLAGS_BITS, CR0: CR0_BITS, CR4: CR4_BITS };

/** A register by its name in `Edit`. */
export function registerRequest(name: string, value: number): EditRequest {
  const bits = WORDS[name]?.filter(isFlag);
  return {
    ...{ what: name, text: hexText(value), hint: 'edit.number', wrong: 'edit.wrong.number' },
    ...(bits ? { bits } : {}),
    read: (text) => {
      const typed = readHex(text);
      return typed === null ? null : { kind: 'register', name, value: typed };
    },
  };
}

/** Bytes from an address on. */
export function bytesRequest(
  address: number,
  bytes: readonly number[],
  { context, space = 'v' }: { readonly context: WalkContext; readonly space?: 'v' | 'g' | 'h' },
): EditRequest {
  const text = bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
  return {
    ...{ what: `${space}:${hexText(address)}`, text, hint: 'edit.bytes', wrong: 'edit.wrong.bytes' },
    read: (typed) => {
      const read = readBytes(typed);
      return read === null ? null : { kind: 'memory', space, address, bytes: read, context };
    },
  };
}

/** An entry of a page table or of the EPT. */
export type EntryToChange = Pick<ExplainedReference, 'dimension' | 'level' | 'entry' | 'index' | 'host' | 'low' | 'high' | 'isLeaf'>;

/** It is memory, at its host address. */
export function entryRequest(reference: EntryToChange): EditRequest {
  const { dimension, level, entry, index, host, low, high } = reference;
  const isEpt = dimension === 'ept';
  return {
    ...{
      what: `${isEpt ? `EPT ${level}` : entry}[${index}] h:${hexText(host)}`,
      hint: 'edit.number',
      wrong: isEpt ? 'edit.wrong.wide' : 'edit.wrong.number',
    },
    text: isEpt && high !== 0 ? `${hexText(high, 1)}${low.toString(16).toUpperCase().padStart(8, '0')}` : hexText(low),
    bits: bitsOf(reference).filter(isFlag),
    read: (text) => {
      const typed = isEpt ? readWide(text) : narrow(readHex(text));
      if (typed === null) return null;
      return { kind: 'memory', space: 'h', address: host, bytes: [...bytesOf(typed.low), ...(isEpt ? bytesOf(typed.high) : [])] };
    },
  };
}

/** A field of the VMCS; `words` as they are, the high one first. */
export function fieldRequest(field: VmcsField, words: readonly number[], controls: readonly Control[]): EditRequest {
  const width = fieldWidth(field.encoding);
  const [first, second] = words;
  const isWide = width === 64;
  return {
    ...{ what: field.name, hint: 'edit.number', wrong: isWide ? 'edit.wrong.wide' : 'edit.wrong.number' },
    text:
      isWide && first !== 0
        ? `${hexText(first, 1)}${second.toString(16).toUpperCase().padStart(8, '0')}`
        : hexText(words.at(-1) ?? 0, width === 16 ? 4 : 8),
    ...(controls.length > 0 ? { bits: controls.map(({ bit, name }) => ({ bit, name, meaning: '' })) } : {}),
    read: (text): Edit | null => {
      const typed = isWide ? readWide(text) : narrow(readHex(text));
      return typed === null ? null : { kind: 'vmcs', field: field.key, value: typed.low, ...(isWide ? { high: typed.high } : {}) };
    },
  };
}

function narrow(value: number | null): { readonly low: number; readonly high: number } | null {
  return value === null ? null : { low: value, high: 0 };
}

function isFlag({ width, name }: BitField): boolean {
  return (width ?? 1) === 1 && name !== '';
}

function bitsOf({ dimension, entry, isLeaf }: EntryToChange): readonly BitField[] {
  if (dimension === 'ept') return isLeaf ? EPT_PAGE_BITS : EPT_TABLE_BITS;
  return entry === 'PTE' ? PTE_BITS : isLeaf ? PDE4M_BITS : PDE_BITS;
}
