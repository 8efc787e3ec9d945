import { BLK_SECTOR } from '../arch/virtio-devices.ts';
import * as words from '../arch/cpu-state.ts';
import { ENTRY_CHECKS } from '../arch/entry-checks.ts';
import { exitReason } from '../arch/exit-reasons.ts';
import { vmErrorMeaning } from '../arch/vm-errors.ts';
import { GlassError } from '../base/errors.ts';
import type { Computer } from '../api/computer.ts';
import type { Disk } from '../devices/virtio/disk.ts';
import { eflagsIn } from '../api/frame.ts';
import type { Stop, StopReason } from '../api/protocol.ts';
import { RECORD_WORDS, TRACE_EVENTS } from '../trace/schema.ts';
import { type Command, type Io, oneOf, parseArguments } from './command.ts';
import { IMAGE_HELP, IMAGE_OPTIONS, openComputer } from './image-arguments.ts';

const OPTIONS = {
  ...IMAGE_OPTIONS,
  'max-instructions': 'number',
  tier: 'text',
  input: 'text',
  exits: 'text',
  save: 'text',
  pcap: 'text',
  'disk-out': 'text',
  json: 'flag',
} as const;

/** Console bytes that are gathered before they are written, a line at a time. */
const WRITING = 4096;

/** Exit status and sentence of a run that did not end by itself. */
const BAD_ENDS: Partial<Record<StopReason, { readonly status: number; readonly why: string }>> = {
  shutdown: { status: 3, why: 'triple fault: the processor has shut down.' },
  reset: { status: 5, why: 'the program asked for a reset, and there is no firmware to start again.' },
  budget: { status: 4, why: 'out of instructions.' },
};

/** `run GUEST|FILE`. */
export const RUN: Command = {
  name: 'run',
  usage: 'GUEST|FILE [options]',
  summary: 'Runs a guest or a program to its end; its console goes to standard output.',
  options: [
    ...IMAGE_HELP,
    '--max-instructions N   stop after N (status 4); an iteration of REP and an exception count as one, waiting in HLT as none',
    '--tier auto|interpreter',
    '--input TEXT   bytes for COM1 at the start (\\n, \\r, \\t, \\0 and \\\\ are understood)',
    '--exits FILE   every VM exit and failed VM entry, one JSON object a line',
    '--save FILE    the last moment: `run FILE` goes on from it, and the page opens it',
    '--pcap FILE    what the networks carried, for Wireshark; times are virtual',
    '--disk-out FILE   the first disk as it is at the end',
    '--json         one object instead of the console: stop, instructions, seconds, console, exitCode, exits, registers, hash',
    'status: that of the debug exit, else 0 on halt; 2 bad usage or input; 3 shutdown (triple fault); 4 out of instructions; 5 reset',
  ],
  async run(args, io) {
    const { words: names, options } = parseArguments(args, OPTIONS);
    oneOf(options.tier, '--tier', ['auto', 'interpreter']);
    const { computer, note } = openComputer(names, options, io);
    if (options['disk-out'] !== undefined && computer.machine.disks.length === 0)
      throw new GlassError('bad-usage', 'There is no disk for --disk-out.', 'Plug one in with --disk FILE or --device block.');
    if (options.input !== undefined) computer.input(new TextEncoder().encode(unescape(options.input)));
    if (options.pcap !== undefined) computer.capture.most = Number.POSITIVE_INFINITY;
    const output = new Output(computer, io, options.json === true);
    const exits = options.exits === undefined ? null : new ExitLog(computer, options.exits, io);
    if (note !== '') io.err(`glassvisor: ${note}`);
    const start = process.hrtime.bigint();
    const stop = runToEnd(computer, options['max-instructions'] ?? Number.POSITIVE_INFINITY, () => {
      output.flush();
      exits?.write();
    });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    keep(computer, options, io);
    if (options.json) io.out(`${JSON.stringify(report(computer, stop, seconds, output.text), null, 2)}\n`);
    const end = BAD_ENDS[stop.reason];
    if (end && !options.json) io.err(`glassvisor: ${end.why}`);
    return stop.reason === 'debug-exit' ? (stop.exitCode ?? 0) : (end?.status ?? 0);
  },
};

/** The files that are asked for. */
function keep(computer: Computer, options: Readonly<Partial<Record<'save' | 'pcap' | 'disk-out', string>>>, io: Io): void {
  const { save, pcap, 'disk-out': diskOut } = options;
  if (save !== undefined) io.writeFile(save, computer.save());
  if (pcap !== undefined) io.writeFile(pcap, computer.capture.toFile(computer.loaded.ticksPerSecond));
  if (diskOut !== undefined) io.writeFile(diskOut, contentsOf(computer.machine.disks[0]));
}

function contentsOf(disk: Disk): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * BLK_SECTOR);
  disk.read(0, bytes);
  return bytes;
}

/** Looks at console and trace between the slices: so often that the trace's ring cannot overflow. */
function runToEnd(computer: Computer, instructions: number, look: () => void): Stop {
  const journey = computer.run({ instructions });
  for (;;) {
    const { done, value } = journey.next();
    look();
    if (done) return value;
  }
}

function report(computer: Computer, stop: Stop, seconds: number, console: string): object {
  const { machine } = computer;
  const word = (at: number): number => machine.cpu.words[at] >>> 0;
  const registers: Record<string, number> = Object.fromEntries(words.GENERAL_REGISTERS.map((name, i) => [name, word(i)]));
  const { EIP, CR0, CR2, CR3, CR4 } = words;
  for (const [name, at] of Object.entries({ EIP, CR0, CR2, CR3, CR4 })) registers[name] = word(at);
  for (const [i, name] of words.SEGMENT_REGISTERS.entries()) registers[name] = word(words.ES + 4 * i);
  registers['EFLAGS'] = eflagsIn(machine.cpu.bytes);
  return {
    stop: stop.reason,
    // Time that the CPU slept is ticks, but no instructions.
    instructions: machine.instructions,
    seconds,
    console,
    exitCode: stop.exitCode,
    exits: machine.exitCounts,
    registers,
    hash: computer.hash(),
  };
}

/** Console bytes: to standard output as they come, or gathered for the report. */
class Output {
  /** Each byte a character; that of a saved moment comes first. */
  text: string;
  private pending: number[] = [];
  private readonly io: Io;
  private readonly isGathered: boolean;

  constructor({ machine }: Computer, io: Io, isGathered: boolean) {
    this.io = io;
    this.isGathered = isGathered;
    this.text = isGathered ? asText(machine.console.read().bytes) : '';
    machine.console.onByte = (byte) => {
      this.pending.push(byte);
      if (byte === 10 || this.pending.length >= WRITING) this.flush();
    };
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Uint8Array.from(this.pending);
    this.pending = [];
    if (this.isGathered) this.text += asText(bytes);
    else this.io.out(bytes);
  }
}

function asText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** VM exits and failed entries as JSON lines. */
class ExitLog {
  private readonly computer: Computer;
  private readonly path: string;
  private readonly io: Io;
  private seen: number;

  /** Makes the file, empty. */
  constructor(computer: Computer, path: string, io: Io) {
    this.computer = computer;
    this.path = path;
    this.io = io;
    this.seen = computer.machine.trace.written;
    io.writeFile(path, '');
  }

  write(): void {
    const { trace } = this.computer.machine;
    if (trace.written === this.seen) return;
    const { first, words: records } = trace.read(this.seen);
    if (first > this.seen) {
      throw new GlassError('too-many-events', `${first - this.seen} events came faster than they could be written to ${this.path}.`);
    }
    this.seen = trace.written;
    let text = '';
    for (let at = 0; at < records.length; at += RECORD_WORDS) text += lineOf(records.subarray(at, at + RECORD_WORDS));
    if (text !== '') this.io.appendFile(this.path, text);
  }
}

function lineOf(record: Int32Array): string {
  const [kind, low, high, reason, ...args] = Array.from(record, (word) => word >>> 0);
  const { name: event } = TRACE_EVENTS[kind - 1];
  const tick = low + high * 0x1_0000_0000;
  const line = { tick, event, reason, name: exitReason(reason & 0xffff)?.name ?? '' };
  if (event === 'vmExit') {
    const [qualification, guestEip, guestPhysical, guestLinear] = args;
    return `${JSON.stringify({ ...line, qualification, guestEip, guestPhysical, guestLinear })}\n`;
  }
  if (event !== 'vmEntryFailed') return '';
  const [index, , value, instructionError] = args;
  const { id: check, field, rule } = ENTRY_CHECKS[index];
  // Where the instruction itself failed there is no exit: its error number says why.
  const name = instructionError === 0 ? line.name : vmErrorMeaning(instructionError);
  return `${JSON.stringify({ ...line, name, check, field, value, rule, instructionError })}\n`;
}

function unescape(text: string): string {
  return text.replace(/\\([nrt0\\])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0' })[c] ?? c);
}
