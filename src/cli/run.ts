import { GENERAL_REGISTERS } from '../arch/cpu-state.ts';
import * as cpu from '../arch/cpu-state.ts';
import { exitReason } from '../arch/exit-reasons.ts';
import { GlassError } from '../base/errors.ts';
import { Computer } from '../api/computer.ts';
import { eflagsIn } from '../api/frame.ts';
import type { Stop } from '../api/protocol.ts';
import { RECORD_WORDS, TRACE_EVENTS } from '../trace/schema.ts';
import { type Command, type Io, oneOf, parseArguments } from './command.ts';
import { CATALOGUE, IMAGE_HELP, IMAGE_OPTIONS, imageRequest } from './image-arguments.ts';

const OPTIONS = {
  ...IMAGE_OPTIONS,
  'max-instructions': 'number',
  tier: 'text',
  input: 'text',
  exits: 'text',
  save: 'text',
  json: 'flag',
} as const;

/** Instructions between two looks at console and trace. */
const STRETCH = 200_000;
const WRITING = 4096;

/** `run GUEST|FILE`. */
export const RUN: Command = {
  name: 'run',
  usage: 'GUEST|FILE [options]',
  summary: 'Runs a guest or a program to its end; its console goes to standard output.',
  options: [
    ...IMAGE_HELP,
    '--max-instructions N   stop after N (status 4)',
    '--tier auto|interpreter',
    '--input TEXT   bytes for COM1 at the start (\\n and \\r are understood)',
    '--exits FILE   every VM exit, one JSON object a line',
    '--save FILE    the last moment, to be opened on the page',
    '--json         one object instead of the console: stop, instructions, seconds, console, exitCode, exits, registers, hash',
    'status: that of the debug exit, else 0 on halt; 2 bad usage or input; 3 shutdown; 4 out of instructions',
  ],
  async run(args, io) {
    const { words, options } = parseArguments(args, OPTIONS);
    oneOf(options.tier, '--tier', ['auto', 'interpreter']);
    const computer = Computer.open(imageRequest(words, options, io), CATALOGUE);
    if (options.input !== undefined) computer.input(new TextEncoder().encode(unescape(options.input)));
    const output = new Output(computer, io, options.json === true);
    const exits = new ExitLog(computer, options.exits !== undefined);
    const start = process.hrtime.bigint();
    const stop = runToEnd(computer, options['max-instructions'] ?? Number.POSITIVE_INFINITY, () => {
      output.flush();
      exits.collect();
    });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    if (options.exits !== undefined) io.writeFile(options.exits, exits.lines.join(''));
    if (options.save !== undefined) io.writeFile(options.save, computer.save());
    if (options.json)
      io.out(`${JSON.stringify(report(computer, stop, { seconds, console: output.text, exits: exits.counts }), null, 2)}\n`);
    return statusOf(stop, io, options.json === true);
  },
};

function runToEnd(computer: Computer, most: number, look: () => void): Stop {
  for (;;) {
    const stop = computer.run(Math.min(STRETCH, most - computer.tick));
    look();
    if (stop.reason !== 'budget' || computer.tick >= most) return stop;
  }
}

function statusOf(stop: Stop, io: Io, isQuiet: boolean): number {
  if (stop.reason === 'debug-exit') return stop.exitCode ?? 0;
  if (stop.reason === 'halt') return 0;
  if (!isQuiet)
    io.err(stop.reason === 'shutdown' ? 'glassvisor: triple fault, the processor has shut down.' : 'glassvisor: out of instructions.');
  return stop.reason === 'shutdown' ? 3 : 4;
}

function report(computer: Computer, stop: Stop, more: { seconds: number; console: string; exits: Record<string, number> }): object {
  const { machine } = computer;
  const word = (at: number): number => machine.cpu.words[at] >>> 0;
  const registers: Record<string, number> = Object.fromEntries(GENERAL_REGISTERS.map((name, i) => [name, word(i)]));
  for (const name of ['EIP', 'CR0', 'CR2', 'CR3', 'CR4'] as const) registers[name] = word(cpu[name]);
  registers['EFLAGS'] = eflagsIn(machine.cpu.bytes);
  return {
    stop: stop.reason,
    instructions: computer.tick,
    seconds: more.seconds,
    console: more.console,
    exitCode: stop.exitCode,
    exits: more.exits,
    registers,
    hash: computer.hash(),
  };
}

/** Console bytes: to standard output as they come, or gathered for the report. */
class Output {
  text = '';
  private pending: number[] = [];

  constructor(computer: Computer, io: Io, isGathered: boolean) {
    this.flush = () => {
      if (this.pending.length === 0) return;
      const bytes = Uint8Array.from(this.pending);
      this.pending = [];
      if (isGathered) this.text += new TextDecoder('latin1').decode(bytes);
      else io.out(bytes);
    };
    computer.machine.console.onByte = (byte) => {
      this.pending.push(byte);
      if (byte === 10 || this.pending.length >= WRITING) this.flush();
    };
  }

  readonly flush: () => void;
}

/** VM exits: counted by reason, and as lines where they are wanted. */
class ExitLog {
  readonly counts: Record<string, number> = {};
  readonly lines: string[] = [];
  private readonly computer: Computer;
  private readonly wantsLines: boolean;
  private seen = 0;

  constructor(computer: Computer, wantsLines: boolean) {
    this.computer = computer;
    this.wantsLines = wantsLines;
    const { vmx } = computer.machine;
    const before = vmx.onExit;
    vmx.onExit = (reason) => {
      before(reason);
      this.counts[reason & 0xffff] = (this.counts[reason & 0xffff] ?? 0) + 1;
    };
  }

  collect(): void {
    if (!this.wantsLines) return;
    const { first, words } = this.computer.machine.trace.read(this.seen);
    if (first > this.seen)
      throw new GlassError(
        'too-many-events',
        `${first - this.seen} events were overwritten before they could be written.`,
        'Run fewer instructions at a time.',
      );
    for (let at = 0; at < words.length; at += RECORD_WORDS) this.line(words.subarray(at, at + RECORD_WORDS));
    this.seen = this.computer.machine.trace.written;
  }

  private line(record: Int32Array): void {
    const event = TRACE_EVENTS[record[0] - 1];
    if (event.name !== 'vmExit' && event.name !== 'vmEntryFailed') return;
    const values = Object.fromEntries(event.args.map((name, i) => [name, record[3 + i] >>> 0]));
    const name = exitReason(record[3] & 0xffff)?.name ?? '';
    const tick = (record[1] >>> 0) + record[2] * 0x1_0000_0000;
    this.lines.push(`${JSON.stringify({ tick, event: event.name, name, ...values })}\n`);
  }
}

function unescape(text: string): string {
  return text.replace(/\\([nrt\\0])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0' })[c] ?? c);
}
