import * as words from '../../src/arch/cpu-state.ts';
import { HAS_ERROR_CODE } from '../../src/arch/exceptions.ts';
import { StateHash } from '../../src/base/hash.ts';
import { TLB_PROFILES } from '../../src/memory/tlb.ts';
import { fillWithCode, randomNumbers } from '../isa/random-code.ts';
import { type Computer, HANDLERS, protectedMode, realMode, TABLE, userMode, withPaging } from './computer.ts';

const { teaching } = TLB_PROFILES;
const STARTS = [
  () => protectedMode(''),
  () => withPaging(protectedMode('')),
  () => withPaging(protectedMode('', teaching)),
  () => userMode('', 0x3202),
  () => withPaging(userMode('')),
  () => withPaging(userMode('', 0x3202, teaching)),
  () => realMode(''),
];

/** A computer with random code everywhere, random registers, and now and then tables of garbage. */
export function wildComputer(seed: number): Computer {
  const next = randomNumbers(seed);
  const c = STARTS[next() % STARTS.length]();
  const code = new Uint8Array(16);
  for (let at = 0x8000; at < 0x20000; at += 16) {
    fillWithCode(code, next);
    c.physical.ram8.set(code, at);
  }
  makeHandlers(c);
  if (next() % 4 === 0) for (let at = 0x1000; at < 0x4000; at += 4) if (next() % 8 === 0) c.poke32(at, next());
  if (next() % 4 === 0) for (let i = 0; i < 32; i++) c.poke32(TABLE + 4 * (next() & 0xff), next());
  for (let n = 0; n < 8; n++) c.set(n, next() % 3 === 0 ? next() : 0x8000 + (next() & 0xffff));
  c.cpu.setEip(0x8000 + (next() & 0x7fff));
  if (next() % 3 === 0) c.interrupt(next() & 0xff);
  return c;
}

/** Handlers that go on one byte behind the instruction. */
function makeHandlers(c: Computer): void {
  for (let vector = 0; vector < 256; vector++) {
    const pops = (HAS_ERROR_CODE >> vector) & 1 && vector < 32 ? [0x83, 0xc4, 4] : [];
    const protectedHandler = [...pops, 0xff, 0x04, 0x24, 0xcf]; // inc dword [esp]; iret
    const realHandler = [0x55, 0x89, 0xe5, 0xff, 0x46, 0x02, 0x5d, 0xcf]; // push bp; mov bp, sp; inc word [bp + 2]; pop bp; iret
    c.poke(HANDLERS + 16 * vector, c.get(words.CR0) & 1 ? protectedHandler : realHandler);
  }
}

export function hashOf(c: Computer): string {
  return new StateHash().add(c.cpu.bytes).add(c.tlb.bytes).add(c.physical.ram8).digest();
}

/** Runs in small budgets with interrupts, NMIs and resets between them. Throws if a budget is not kept. */
export function runWild(c: Computer, seed: number, budget: number): void {
  const next = randomNumbers(seed);
  for (let i = 0; i < 40; i++) {
    const before = c.cpu.ticks;
    const reason = c.cpu.run(budget);
    const ran = c.cpu.ticks - before;
    if (ran > budget || (reason === 'budget' && ran !== budget)) throw new Error(`seed ${seed}: ${ran} ticks of ${budget}, ${reason}`);
    if (reason === 'shutdown') c.cpu.reset();
    if (reason === 'halted') c.cpu.raiseNmi();
    if (next() % 4 === 0) c.interrupt(next() & 0xff);
  }
}

/** Words that are no state of a running processor, or that only VT-x may set. */
const KEPT = [words.ZERO, words.VMX_ON, words.NON_ROOT, words.TICKS_LO, words.TICKS_HI, words.FLAG_KIND, words.ACTIVITY];

/** Replaces a third of the CPU's words by anything. */
export function scramble(c: Computer, seed: number): void {
  const next = randomNumbers(seed);
  for (let word = 0; word < words.CPU_WORDS; word++) if (!KEPT.includes(word) && next() % 3 === 0) c.set(word, next());
  c.set(words.CPL, next() & 3);
  c.cpu.rebuild();
}
