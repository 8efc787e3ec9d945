/** `npm run bench`: the interpreter beside a peer in the same run, what time travel and VM exits cost, what devices do, the page in a browser; `npm run bench --
 *  PART` for one of them. Figures, not tests: nothing here fails. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import '../../src/api/all-parts.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import type { ImageSource } from '../../src/api/protocol.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { benchDevices } from './devices.ts';
import { EXIT_LOOP, SPIN, WRITER } from './guests.ts';
import { KERNELS, type Kernel, romSource } from './kernels.ts';
import { benchPage } from './page.ts';
import { runOnV86 } from './v86-peer.ts';

/** Rounds of the whole table; the least time of each counts. `npm run bench -- interpreter 3` for fewer. */
const ROUNDS = 8;
const FAR = 100_000_000;

/** Each takes the rest of the command line, and gives an exit status. */
const PARTS: Readonly<Record<string, (argv: readonly string[]) => number | Promise<number>>> = {
  interpreter,
  time,
  devices: benchDevices,
  page: benchPage,
};

export async function main([part, ...argv]: readonly string[]): Promise<number> {
  if (part === 'one') return measureOne(argv[0] as Side, KERNELS[Number(argv[1])]);
  if (part !== undefined && !Object.hasOwn(PARTS, part)) {
    process.stderr.write(
      `bench [PART ...]: there is no part "${part}". Parts: ${Object.keys(PARTS).join(', ')}; all where none is named.\n`,
    );
    return 2;
  }
  for (const name of part === undefined ? Object.keys(PARTS) : [part]) {
    const status = await PARTS[name](argv);
    if (status !== 0) return status;
  }
  return 0;
}

/** Ours and v86 with its JIT off, in turns: a noisy machine is noisy for both. Each time in a process of its own: a page too has one machine in a realm. */
function interpreter([given = ROUNDS]: readonly (string | number)[]): number {
  const rounds = Number(given);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write('bench interpreter [ROUNDS]: a whole number from 1.\n');
    return 2;
  }
  const least = (side: Side, kernel: number, before: Measured | undefined): Measured => {
    const now = inProcess(side, kernel);
    return before && before.ms < now.ms ? before : now;
  };
  const best: { ours?: Measured; v86?: Measured }[] = KERNELS.map(() => ({}));
  for (let round = 0; round < rounds; round++) {
    for (const [i, row] of best.entries()) {
      row.v86 = least('v86', i, row.v86);
      row.ours = least('ours', i, row.ours);
    }
  }
  print(`Reference interpreter against v86 without its JIT, best of ${rounds}, taking turns`);
  print('  kernel      ours, MIPS   v86, MIPS   ours / v86');
  for (const [i, { ours, v86 }] of best.entries()) {
    if (!ours || !v86) continue;
    const mips = (ms: number): string => (ours.instructions / ms / 1000).toFixed(1).padStart(9);
    print(`  ${KERNELS[i].name.padEnd(10)} ${mips(ours.ms)}   ${mips(v86.ms)}   ${(v86.ms / ours.ms).toFixed(2).padStart(8)}`);
  }
  return 0;
}

type Side = 'ours' | 'v86';

interface Measured {
  readonly ms: number;
  /** Retired between the marks; 0 where nobody counts. */
  readonly instructions: number;
}

function inProcess(side: Side, kernel: number): Measured {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'one', side, String(kernel)], { encoding: 'utf8' });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Measured;
}

async function measureOne(side: Side, kernel: Kernel): Promise<number> {
  const rom = assemble(romSource(kernel)).bytes;
  print(JSON.stringify(side === 'v86' ? { ms: await runOnV86(rom.slice()), instructions: 0 } : runOurs(kernel, rom)));
  return 0;
}

/** Between the marks 'S' and 'E' on COM1, as for the peer. */
function runOurs({ name }: Kernel, rom: Uint8Array): Measured {
  const computer = open({ kind: 'file', name, bytes: rom, format: 'rom' });
  const at: { now: number; work: number }[] = [];
  computer.machine.console.onByte = () => at.push({ now: performance.now(), work: computer.machine.work() });
  arrive(computer.run());
  const [start, end] = at;
  return { ms: end.now - start.now, instructions: end.work - start.work };
}

/** Going back through time, and leaving a guest and coming back to it. */
function time(): number {
  stepBack('spinning', SPIN);
  stepBack('writing 8 MiB over and over', WRITER);
  vmExits();
  return 0;
}

function stepBack(what: string, source: string): void {
  const computer = openSource('step-back.asm', source);
  arrive(computer.run({ until: FAR }));
  const first = timed(() => arrive(computer.back()));
  const next = timed(() => {
    for (let i = 0; i < 20; i++) arrive(computer.back());
  });
  const { snapshots, bytes } = computer.timeline.cost;
  print(
    `Step back from ${FAR.toLocaleString('en')} instructions, ${what}: the first ${first.toFixed(1)} ms, the next ${(next / 20).toFixed(2)} ms each`,
  );
  print(`  ${snapshots} snapshots, ${(bytes / 2 ** 20).toFixed(0)} MiB beyond the first`);
}

function vmExits(): void {
  const computer = openSource('exits.asm', EXIT_LOOP);
  arrive(computer.run({ until: 100_000 }));
  const before = computer.machine.trace.written;
  const ms = timed(() => arrive(computer.run({ until: computer.tick + 2_000_000 })));
  // Every round trip is one record of an exit and one of an entry.
  const exits = (computer.machine.trace.written - before) / 2;
  print(`VM exit, handler of 7 instructions, VM entry: ${Math.round((exits * 1000) / ms).toLocaleString('en')} a second`);
}

function openSource(name: string, source: string): Computer {
  return open({ kind: 'file', name, bytes: new TextEncoder().encode(source) });
}

function open(image: ImageSource): Computer {
  return Computer.open({ image }, CATALOGUE);
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
