/** `npm run bench -- devices`: what devices cost, on the machine itself and in a virtual machine of the hosted hypervisor. Every measurement is made in a process
 *  of its own: machines in one realm spoil each other's type feedback. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GUESTS } from '../../guests/index.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { placeOf } from '../../src/devices/virtio/places.ts';
import { type DeviceSpec, readMachineConfig } from '../../src/machine/config.ts';
import { HostedMachine } from '../../src/machine/hosted.ts';
import type { ImageFile } from '../../src/machine/images/image.ts';
import { Machine } from '../../src/machine/machine.ts';
import { HANDLER_TICKS } from '../../src/vmm/host-map.ts';
import {
  BALLOON_LOOP,
  BALLOON_PAGES,
  blockReader,
  DISK_SECTORS,
  EXIT_CAUSES,
  type ExitCause,
  exitLoop,
  REQUEST_BYTES,
} from './device-guests.ts';

const SECTOR = 512;
const BLOCK_SLOT = placeOf('block').slot;
/** Virtual time before a measurement, and between two looks at the clock. */
const WARM_UP_TICKS = 20_000_000;
const SLICE_TICKS = 1_000_000;
/** Wall time of a window of a measurement, of which there are some. */
const WINDOW_MS = 150;
const WINDOWS = 5;
/** Tick at which a guest that ends has ended. */
const FAR = 10_000_000;
const BALLOON_ROUNDS = 12;
const BATCHES = [1, 8, 32] as const;

/** What is measured in a process of its own. */
type Job =
  | { readonly what: 'block'; readonly isHosted: boolean; readonly batch: number; readonly usesEventIdx: boolean }
  | { readonly what: 'exits'; readonly cause: ExitCause }
  | { readonly what: 'balloon' };

/** Figures by name. */
type Figures = Readonly<Record<string, number>>;

/** Prints the table of all figures; with an argument, makes one measurement and prints it as JSON. */
export function benchDevices(argv: readonly string[]): number {
  if (argv[0] === undefined) printAll();
  else print(JSON.stringify(measure(JSON.parse(argv[0]) as Job)));
  return 0;
}

function printAll(): void {
  blockTable();
  exitTable();
  balloonTable();
  packetTable();
}

function measure(job: Job): Figures {
  if (job.what === 'block') return measureBlock(job.isHosted, blockReader(job.batch, job.usesEventIdx));
  return job.what === 'exits' ? measureExits(exitLoop(job.cause)) : measureBalloon();
}

function inProcess(job: Job): Figures {
  const main = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, [main, 'devices', JSON.stringify(job)], { encoding: 'utf8' });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Figures;
}

// virtio-blk ----------------------------------------------------------------------------------------------------------------------------
function blockTable(): void {
  print(`virtio-blk, reads of ${REQUEST_BYTES} bytes; MB are millions of bytes, wall time`);
  print('  where    batch  EVENT_IDX      MB/s   bytes/notification   bytes/interrupt   bytes/VM exit');
  for (const isHosted of [false, true]) {
    for (const batch of BATCHES) {
      for (const usesEventIdx of [false, true]) {
        const { bytes, ms, notifications, interrupts, exits } = inProcess({ what: 'block', isHosted, batch, usesEventIdx });
        const columns = [
          (bytes / ms / 1000).toFixed(1).padStart(9),
          whole(bytes / notifications).padStart(20),
          whole(bytes / interrupts).padStart(17),
          (exits > 0 ? whole(bytes / exits) : '-').padStart(15),
        ];
        print(
          `  ${(isHosted ? 'VM' : 'machine').padEnd(8)} ${String(batch).padStart(5)}  ${(usesEventIdx ? 'yes' : 'no').padEnd(9)} ${columns.join(' ')}`,
        );
      }
    }
  }
}

function measureBlock(isHosted: boolean, source: string): Figures {
  const hosted = isHosted ? hostOf(source, 1, [new Uint8Array(DISK_SECTORS * SECTOR)]) : null;
  const machine = hosted?.machine ?? bareOf(source, [{ kind: 'block', sectors: DISK_SECTORS }]);
  const device = hosted ? hosted.vmm.vms[0].devices.virtio.transports[BLOCK_SLOT].device : machine.virtio[0].device;
  const { state } = device.queues[0];
  const counters = (): Figures => ({
    bytes: state.chains * REQUEST_BYTES,
    notifications: state.notifications,
    interrupts: state.interrupts,
    exits: hosted ? exitsOf(hosted) : 0,
  });
  return overTime(machine, counters);
}

// VM exits ------------------------------------------------------------------------------------------------------------------------------
function exitTable(): void {
  print(`Hosted hypervisor: VM exit, handler, VM entry; ${HANDLER_TICKS} ticks are charged for the handler`);
  for (const cause of Object.keys(EXIT_CAUSES) as ExitCause[]) {
    const { exits, ms, ticks } = inProcess({ what: 'exits', cause });
    print(`  ${cause.padEnd(36)} ${whole((exits * 1000) / ms).padStart(9)} a second, ${(ticks / exits).toFixed(0)} ticks each`);
  }
}

function measureExits(source: string): Figures {
  const hosted = hostOf(source, 1);
  return overTime(hosted.machine, () => ({ exits: exitsOf(hosted) }));
}

// Balloon -------------------------------------------------------------------------------------------------------------------------------
function balloonTable(): void {
  const figures = inProcess({ what: 'balloon' });
  print(`Balloon, ${BALLOON_PAGES} pages a request, per page`);
  for (const { letter, what } of BALLOON_PHASES) {
    print(`  ${what.padEnd(44)} ${figures[`${letter}Ticks`].toFixed(1).padStart(7)} ticks ${whole(figures[`${letter}Ns`]).padStart(7)} ns`);
  }
}

/** By the letter that the guest writes at the end of each. */
const BALLOON_PHASES = [
  { letter: 'I', what: "inflated: its frame is the host's" },
  { letter: 'D', what: 'deflated: the guest may use it again' },
  { letter: 'T', what: 'touched: EPT violation, a new frame of zeros' },
] as const;

function measureBalloon(): Figures {
  const hosted = hostOf(BALLOON_LOOP, 8);
  const { machine } = hosted;
  const marks: { letter: string; ns: number; ticks: number }[] = [];
  hosted.consoles[0].onByte = (byte) =>
    marks.push({ letter: String.fromCharCode(byte), ns: performance.now() * 1e6, ticks: machine.now() });
  while (marks.length < 3 * (BALLOON_ROUNDS + 1)) machine.run(machine.now() + SLICE_TICKS);
  const least = (letter: string, of: 'ns' | 'ticks'): number => {
    // The first round finds no code compiled, and memory that was never touched.
    const costs = marks.flatMap((mark, i) => (i > 3 && mark.letter === letter ? [mark[of] - marks[i - 1][of]] : []));
    return Math.min(...costs) / BALLOON_PAGES;
  };
  return Object.fromEntries(
    BALLOON_PHASES.flatMap(({ letter }) => [
      [`${letter}Ticks`, least(letter, 'ticks')],
      [`${letter}Ns`, least(letter, 'ns')],
    ]),
  );
}

// Packets -------------------------------------------------------------------------------------------------------------------------------
/** The guest that sends the same packets in several ways counts for itself; nothing of it depends on this computer. */
function packetTable(): void {
  for (const { id, source, ramMiB, devices } of GUESTS.filter(({ id }) => id === 'three-ways')) {
    const machine = bareOf(source, devices ?? [], ramMiB);
    machine.run(FAR);
    print(`VM exits a packet, as the guest ${id} counts them`);
    print(
      `  ${String.fromCharCode(...machine.console.read().bytes)
        .trimEnd()
        .replaceAll('\n', '\n  ')}`,
    );
  }
}

// Machines ------------------------------------------------------------------------------------------------------------------------------
/** How much the counters grew, with `ticks` and the wall time `ms` that it took: in the best of some windows, for others use this computer too. */
function overTime(machine: Machine, counters: () => Figures): Figures {
  machine.run(WARM_UP_TICKS);
  const windows = Array.from({ length: WINDOWS }, (): Figures => {
    const before: Figures = { ...counters(), ticks: machine.now() };
    const start = performance.now();
    let ms = 0;
    while (ms < WINDOW_MS) {
      machine.run(machine.now() + SLICE_TICKS);
      ms = performance.now() - start;
    }
    const after: Figures = { ...counters(), ticks: machine.now() };
    return { ...difference(after, before), ms };
  });
  return windows.reduce((best, each) => (rate(each) > rate(best) ? each : best));
}

function rate({ ticks, ms }: Figures): number {
  return ticks / ms;
}

function difference(after: Figures, before: Figures): Figures {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));
}

function bareOf(source: string, devices: readonly DeviceSpec[], ramMiB = 4): Machine {
  const machine = new Machine(readMachineConfig({ ramMiB, devices }));
  machine.load(imageOf(source));
  return machine;
}

/** One virtual machine with `ramMiB`, on a host with room for it. */
function hostOf(source: string, ramMiB: number, disks: readonly Uint8Array[] = []): HostedMachine {
  const commands = [{ do: 'create', image: 0, ramMiB, ...(disks.length > 0 ? { disk: 0 } : {}) }] as const;
  const machine = readMachineConfig({ ramMiB: 2 * ramMiB + 4 });
  return new HostedMachine({ machine, images: [{ file: imageOf(source), ramMiB }], disks, places: 1, commands });
}

function imageOf(source: string): ImageFile {
  const { bytes } = assemble(source, { file: 'bench.asm', include: (name) => CATALOGUE.includes[name] ?? null });
  return { name: 'bench', bytes, format: 'flat', load: 0x10000, entry: 0x10000, mode: 'protected' };
}

function exitsOf({ vmm }: HostedMachine): number {
  const { exits } = vmm.vms[0].state;
  return Array.from({ length: exits.length }, (_, reason) => exits.at(reason)).reduce((sum, count) => sum + count, 0);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
