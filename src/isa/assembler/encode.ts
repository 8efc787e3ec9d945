/** Chosen encoding -> bytes. SDM vol. 2, "Instruction Format". */
import { OPERAND_FIELD } from '../opcode.ts';
import { counted, SourceError } from './errors.ts';
import { immediateBytes, type Match, type Operand, type Place } from './match.ts';
import { OVERRIDES } from './registers.ts';
import type { Token } from './source.ts';
import { isPlain, unitOf, type Value } from './value.ts';

/** What turns values into numbers, and hears of numbers that do not fit. */
export interface Resolver {
  /** The number of a value, sections' addresses added. */
  resolve(value: Value): bigint;
  /** Address of the section that the instruction stands in. */
  readonly sectionAddress: bigint;
  warning(at: Token, message: string): void;
}

/** The bytes of an instruction; `length` of `found` tells how many beside LOCK, REP and segment prefixes. */
export function encode(found: Match, place: Place, resolver: Resolver): number[] {
  const { form } = found.candidate;
  const { opcode } = form;
  const memory = found.operands.find((operand) => operand.kind === 'memory');
  const bytes = prefixBytes(found, place, memory);
  if (typeof opcode.mandatoryPrefix === 'number') bytes.push(opcode.mandatoryPrefix);
  bytes.push(...opcode.bytes);
  if (opcode.plusRegister) bytes[bytes.length - 1] |= registerNumber(found, 'low');
  if (opcode.modrmByte >= 0) bytes.push(opcode.modrmByte);
  else if (form.hasModrm) pushModrm(bytes, found, memory, resolver);
  found.candidate.operands.forEach((code, i) => {
    const operand = found.operands[i];
    if (OPERAND_FIELD[code] === 'offset' && operand.kind === 'memory') {
      push(bytes, operand.at, { value: operand.address.displacement, size: operand.address.addressSize / 8 }, resolver);
    } else if (operand.kind === 'far') {
      push(bytes, operand.at, { value: operand.offset, size: found.operandSize / 8 }, resolver);
      push(bytes, operand.at, { value: operand.selector, size: 2 }, resolver);
    } else if (operand.kind === 'value') {
      const size = immediateBytes(code, found.operandSize);
      if (OPERAND_FIELD[code] === 'relative') pushRelative(bytes, operand, { size, place }, resolver);
      else push(bytes, operand.at, { value: operand.value, size, wrap: code === 'sIb' ? found.operandSize : 0 }, resolver);
    }
  });
  return bytes;
}

/** The bytes of prefixes, in NASM's order: LOCK and REP, segment, operand size, address size. */
function prefixBytes(found: Match, place: Place, memory: (Operand & { kind: 'memory' }) | undefined): number[] {
  const bytes = [...place.prefixes.bytes];
  const override = memory?.segment ? OVERRIDES[memory.segment.number] : 0;
  const segment = place.prefixes.segment || override;
  if (segment !== 0) bytes.push(segment);
  if (found.needsOperandPrefix && found.candidate.form.opcode.mandatoryPrefix !== 0x66) bytes.push(0x66);
  if (found.needsAddressPrefix) bytes.push(0x67);
  return bytes;
}

/** Prefixes that stand alone on a line. */
export function encodePrefixes(place: Place): number[] {
  const { bytes, segment, operandSize, addressSize } = place.prefixes;
  const out = [...bytes];
  if (segment !== 0) out.push(segment);
  if (operandSize !== 0 && operandSize !== place.bits) out.push(0x66);
  if (addressSize !== 0 && addressSize !== place.bits) out.push(0x67);
  return out;
}

/** Appends the lowest `size` bytes of `number`. */
export function pushNumber(bytes: number[], number: bigint, size: number): void {
  let low = Number(BigInt.asUintN(32, number));
  for (let i = 0; i < Math.min(size, 4); i++, low >>>= 8) bytes.push(low & 0xff);
  if (size > 4) pushNumber(bytes, number >> 32n, size - 4);
}

/** Warns of a plain number that needs more than `size` bytes, signed or unsigned. */
export function checkRange(at: Token, value: Value, size: number, resolver: Resolver): void {
  if (size >= 8 || !isPlain(value)) return;
  const limit = 1n << BigInt(size * 8);
  if (value.number >= -limit && value.number < limit) return;
  resolver.warning(at, `${value.number} does not fit into ${size === 1 ? 'a byte' : `${size} bytes`}; the upper bits are lost.`);
}

interface Field {
  readonly value: Value;
  readonly size: number;
  /** The byte is sign-extended to so many bits, and must mean the value then. */
  readonly wrap?: number;
}

function push(bytes: number[], at: Token, field: Field, resolver: Resolver): void {
  const { value, size, wrap = 0 } = field;
  checkRange(at, value, wrap === 0 ? size : wrap / 8, resolver);
  const isShort = wrap === 0 || BigInt.asIntN(8, value.number) === BigInt.asIntN(wrap, value.number);
  if (!isShort && !value.isUnknown) resolver.warning(at, `${value.number} does not fit into a signed byte; the upper bits are lost.`);
  pushNumber(bytes, resolver.resolve(value), size);
}

function registerNumber(found: Match, field: 'reg' | 'rm' | 'low'): number {
  const index = found.candidate.operands.findIndex((code) => OPERAND_FIELD[code] === field);
  const operand = found.operands[index];
  return operand?.kind === 'register' ? operand.register.number : 0;
}

function pushModrm(bytes: number[], found: Match, memory: (Operand & { kind: 'memory' }) | undefined, resolver: Resolver): void {
  const { extension } = found.candidate.form.opcode;
  const reg = (extension >= 0 ? extension : registerNumber(found, 'reg')) << 3;
  if (!memory) {
    bytes.push(0xc0 | reg | registerNumber(found, 'rm'));
    return;
  }
  const { mod, rm, sib, displacement, displacementBytes, addressSize } = memory.address;
  bytes.push((mod << 6) | reg | rm);
  if (sib >= 0) bytes.push(sib);
  if (displacementBytes > 0) {
    push(bytes, memory.at, { value: displacement, size: displacementBytes, wrap: displacementBytes === 1 ? addressSize : 0 }, resolver);
  }
}

/** Distance from the end of the instruction, which the displacement ends. */
function pushRelative(
  bytes: number[],
  operand: Operand & { kind: 'value' },
  field: { size: number; place: Place },
  resolver: Resolver,
): void {
  const { size, place } = field;
  const end = place.offset + BigInt(bytes.length + size);
  const isNear = place.section !== null && unitOf(operand.value) === place.section;
  const distance = isNear ? operand.value.number - end : resolver.resolve(operand.value) - resolver.sectionAddress - end;
  if (size === 1 && (distance < -128n || distance > 127n) && !operand.value.isUnknown) {
    const beyond = distance < 0n ? -128n - distance : distance - 127n;
    const hint = operand.distance === 'short' ? 'Leave `short` out.' : 'It has no longer form: jump to a `jmp` that is near.';
    throw new SourceError(operand.at, `The target is ${counted(beyond, 'byte')} too far for a short jump.`, hint);
  }
  pushNumber(bytes, BigInt.asIntN(64, distance), size);
}
