import { describe, expect, it } from 'vitest';
import { arrive, Computer } from '../../src/api/computer.ts';
import { Host } from '../../src/api/host.ts';
import type { Frame, LoadRequest } from '../../src/api/protocol.ts';
import { RECORD_WORDS } from '../../src/trace/schema.ts';
import { CATALOGUE, consoleText, guest, program } from './rig.ts';

/** What a page gathers from frames, by what protocol.ts says of them and nothing else. */
class Page {
  console: number[] = [];
  records: number[][] = [];
  last: Frame | null = null;

  receive(frame: Frame): void {
    expect(frame.serial).toBe((this.last?.serial ?? 0) + 1);
    this.last = frame;
    const { console, trace } = frame;
    expect(console.from).toBeLessThanOrEqual(this.console.length);
    this.console.length = console.from;
    for (const byte of console.bytes) this.console.push(byte);
    expect(trace.first).toBeLessThanOrEqual(this.records.length);
    this.records.length = Math.min(trace.first, trace.recorded);
    for (let at = 0; at < trace.words.length; at += RECORD_WORDS) this.records.push([...trace.words.subarray(at, at + RECORD_WORDS)]);
    expect(this.records.length).toBe(trace.recorded);
  }
}

/** Sends back what comes in, twice, and halts at a full stop; to be seen by whoever counts exits too: it runs in a guest. */
const ECHO = program(
  `    bits 32
    jmp start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    vmlaunch
on_exit:
    out 0xE9, al
    call skip_instruction
    vmresume
guest:
    mov dx, 0x3FD
    in al, dx
    test al, 1
    jz guest
    mov dx, 0x3F8
    in al, dx
    out dx, al
    vmcall
    jmp guest`,
  {},
  { mode: 'protected' },
);

/** The run that the commands should amount to: with these inputs, to `until`. */
function straightRun(from: Computer, inputs: readonly { tick: number; text: string }[], until: number): Computer {
  const computer = from.again();
  for (const { tick, text } of inputs) {
    if (tick > until) break;
    arrive(computer.run({ until: tick }));
    computer.input(new TextEncoder().encode(text));
  }
  arrive(computer.run({ until }));
  return computer;
}

function recordsOf({ machine: { trace } }: Computer): number[][] {
  const { words } = trace.read(0);
  return Array.from({ length: words.length / RECORD_WORDS }, (_, i) => [...words.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS)]);
}

/** xorshift32, a whole number below `limit`. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

async function forAWhile(host: Host, command: Promise<unknown>, ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await host.pause();
  await command;
}

/** Frames of `count` random commands, each compared with a straight run. */
async function wander(request: LoadRequest, seed: number, count: number): Promise<Page> {
  const next = random(seed);
  const host = new Host(CATALOGUE);
  const page = new Page();
  await host.subscribe((frame) => page.receive(frame));
  await host.load(request);
  const fresh = Computer.open(request, CATALOGUE);
  let inputs: { tick: number; text: string }[] = [];
  const frame = (): Frame => page.last as Frame;
  const commands: (() => Promise<unknown>)[] = [
    () => host.step(1 + next(900)),
    // There may be no exit any more.
    () => forAWhile(host, host.step(1 + next(3), 'exit'), 12),
    () => host.back(1 + next(700)),
    () => host.back(1 + next(2), 'exit'),
    () => host.seek(next(frame().endTick + 50)),
    () => forAWhile(host, host.run(next(2) * 20_000), next(12)),
    async () => {
      const { tick } = frame();
      inputs = [...inputs.filter((input) => input.tick <= tick), { tick, text: String.fromCharCode(97 + next(26)) }];
      await host.input(inputs[inputs.length - 1].text);
    },
  ];
  for (let i = 0; i < count; i++) {
    // Not for ever: what follows would be too long a way for a test.
    const isFar = frame().endTick > 60_000;
    await commands[isFar ? 2 + next(3) : next(commands.length)]();
    const { tick, endTick, cpu } = frame();
    const now = straightRun(fresh, inputs, tick);
    expect([...cpu]).toEqual([...now.machine.cpu.bytes]);
    expect(String.fromCharCode(...page.console)).toBe(consoleText(now));
    expect(page.records).toEqual(recordsOf(straightRun(fresh, inputs, endTick)));
  }
  return page;
}

describe('the frames of any commands whatever', () => {
  for (const id of ['first-exit', 'two-guests', 'entry-failures']) {
    it(`add up to console, exits and registers of a straight run of ${id}`, async () => {
      const page = await wander({ image: { kind: 'guest', id } }, 1 + id.length, 25);
      expect(page.last?.serial).toBeGreaterThan(25);
    });
  }

  it('do so over inputs that fork', async () => {
    for (const seed of [3, 4]) await wander(ECHO, seed, 20);
  });

  it('begin from nothing for a new listener', async () => {
    const host = new Host(CATALOGUE);
    await host.load({ image: { kind: 'guest', id: 'first-exit' } });
    await host.run();
    const page = new Page();
    const frames: Frame[] = [];
    await host.subscribe((frame) => frames.push(frame));
    page.last = { serial: frames[0].serial - 1 } as Frame;
    page.receive(frames[0]);
    expect(String.fromCharCode(...page.console)).toContain('the guest has halted');
    expect(page.records.length).toBe(4);
  });
});

describe('a fork between two frames of a run', () => {
  it('takes back the records of the old future, also where there are as many new ones', async () => {
    const host = new Host(CATALOGUE);
    const page = new Page();
    await host.subscribe((frame) => page.receive(frame));
    await host.load({ image: { kind: 'guest', id: 'two-guests' } });
    await host.run();
    const { length } = page.records;
    await host.seek(3500);
    expect(page.records.length).toBe(length);
    // The run has not sent a frame yet when the input comes.
    const run = host.run();
    await host.input('x');
    await run;
    const now = straightRun(guest('two-guests'), [{ tick: 3500, text: 'x' }], 100_000);
    expect(page.records).toEqual(recordsOf(now));
  });
});
