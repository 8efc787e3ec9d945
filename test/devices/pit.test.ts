import { describe, expect, it } from 'vitest';
import { cyclesAt, tickOfCycle } from '../../src/devices/device-time.ts';
import { PIT_HERTZ, Pit } from '../../src/devices/pit.ts';
import { MockHost } from './mock-host.ts';

/** A channel of the 8254 pulse by pulse, straight from the data sheet: the slow truth. */
class PulseByPulse {
  out = 1;
  count = 0;
  private gate = 1;
  private armed = 0;
  private loads = false;
  private reload = 0;
  private isOn = false;
  private strobed = false;
  private isExtra = false;
  readonly mode: number;

  constructor(mode: number) {
    this.mode = mode;
    this.out = mode === 0 ? 0 : 1;
  }

  write(count: number): void {
    this.armed = count;
    if (this.mode === 1 || this.mode === 5) return;
    if (this.mode === 0) this.out = 0;
    if (this.mode === 0 || this.mode === 4 || (!this.isOn && this.gate)) this.loads = true;
  }

  setGate(gate: number): void {
    if (gate === this.gate) return;
    this.gate = gate;
    if (this.mode === 2 || this.mode === 3) {
      if (!gate) this.out = 1;
      if (!gate) this.isOn = false;
      else if (this.armed || this.reload) this.loads = true;
    }
    if ((this.mode === 1 || this.mode === 5) && gate && (this.armed || this.reload)) this.loads = true;
  }

  pulse(): void {
    if (this.loads) {
      this.loads = false;
      this.reload = this.armed || this.reload;
      this.armed = 0;
      this.isOn = true;
      this.strobed = false;
      this.isExtra = false;
      this.count = this.mode === 3 ? this.reload & ~1 : this.reload;
      if (this.mode === 1) this.out = 0;
      if (this.mode === 3) this.out = 1;
      if (this.mode === 4 || this.mode === 5) this.out = 1;
      return;
    }
    if (!this.isOn || (!this.gate && this.mode !== 1 && this.mode !== 5)) return;
    if (this.mode === 2) this.pulseRate();
    else if (this.mode === 3) this.pulseSquare();
    else {
      this.count = (this.count - 1 + 65536) % 65536;
      if (this.mode <= 1 && this.count === 0) this.out = 1;
      if (this.mode >= 4) {
        this.out = this.count === 0 && !this.strobed ? 0 : 1;
        if (this.count === 0) this.strobed = true;
      }
    }
  }

  private take(): void {
    this.reload = this.armed || this.reload;
    this.armed = 0;
  }

  private pulseRate(): void {
    if (this.count === 1) {
      this.take();
      this.count = this.reload;
    } else this.count--;
    this.out = this.count === 1 ? 0 : 1;
  }

  private pulseSquare(): void {
    const isOdd = (this.reload & 1) === 1;
    if (this.count > 2 && !this.isExtra) {
      this.count -= 2;
      return;
    }
    // The count expires: at once, but one pulse later in the high half of an odd count.
    if (isOdd && this.out === 1 && !this.isExtra) {
      this.isExtra = true;
      this.count = 0;
      return;
    }
    this.isExtra = false;
    this.out ^= 1;
    this.take();
    this.count = this.reload & ~1;
  }
}

const TICKS_PER_SECOND = PIT_HERTZ * 10; // ten ticks a pulse: instants are easy to name

/** Channel 2 with a gate, ready in `mode`. */
function setUp(mode: number): { pit: Pit; host: MockHost; oracle: PulseByPulse } {
  const host = new MockHost(TICKS_PER_SECOND);
  const pit = new Pit(host);
  pit.setSpeakerGate(true);
  pit.writePort(0x43, 1, 0xb0 | (mode << 1));
  return { pit, host, oracle: new PulseByPulse(mode) };
}

function writeCount(pit: Pit, count: number): void {
  pit.writePort(0x42, 1, count & 0xff);
  pit.writePort(0x42, 1, count >> 8);
}

function readCount(pit: Pit): number {
  pit.writePort(0x43, 1, 0x80);
  return pit.readPort(0x42) | (pit.readPort(0x42) << 8);
}

/** Numbers that look random and are not. */
function* noise(seed: number): Generator<number> {
  for (let x = seed | 1; ; ) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

describe('device time', () => {
  it('is exact at ticks where a product in floating point would not be', () => {
    const tick = 2 ** 53 - 1;
    const exact = (BigInt(tick) * BigInt(PIT_HERTZ)) / 100_000_000n;
    expect(cyclesAt(tick, PIT_HERTZ, 100_000_000)).toBe(Number(exact));
  });

  it('names the first tick of a cycle', () => {
    for (const cycle of [0, 1, 2, 1193181, 1193182, 1193183, 987654321012]) {
      const tick = tickOfCycle(cycle, PIT_HERTZ, 100_000_000);
      expect(cyclesAt(tick, PIT_HERTZ, 100_000_000)).toBe(cycle);
      if (tick > 0) expect(cyclesAt(tick - 1, PIT_HERTZ, 100_000_000)).toBe(cycle - 1);
    }
  });
});

describe('the 8254', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'in mode %i agrees with the data sheet pulse by pulse, through counts and gates at random instants',
    (mode) => {
      for (let seed = 1; seed <= 20; seed++) {
        const { pit, host, oracle } = setUp(mode);
        const random = noise(seed * 7919 + mode);
        const next = (): number => random.next().value ?? 0;
        let gate = 1;
        let hasCount = false;
        for (let pulse = 0; pulse < 400; pulse++) {
          const choice = next() % 40;
          if (pulse === 0 || choice === 0) {
            const count = 2 + (next() % 40);
            writeCount(pit, count);
            oracle.write(count);
            hasCount = true;
          } else if (choice === 1) {
            gate ^= 1;
            pit.setSpeakerGate(gate === 1);
            oracle.setGate(gate);
          }
          host.ticks += 10;
          oracle.pulse();
          const where = `mode ${mode} seed ${seed} pulse ${pulse}`;
          expect(pit.speakerOutput(), `OUT, ${where}`).toBe(oracle.out);
          if (hasCount) expect(readCount(pit), `count, ${where}`).toBe(oracle.count);
        }
      }
    },
  );

  it('raises IRQ 0 once per period in mode 2, on the exact tick of the pulse', () => {
    const host = new MockHost();
    const pit = new Pit(host);
    host.ticks = 12345;
    pit.writePort(0x43, 1, 0x34);
    pit.writePort(0x40, 1, 0xa9);
    pit.writePort(0x40, 1, 0x04); // 1193: about 1 kHz
    const loaded = cyclesAt(12345, PIT_HERTZ, 100_000_000) + 1;
    host.runTo(pit, 100_000_000);
    const rises = host.edges.filter(([tick, line, level]) => line === 0 && level && tick > 12345 + 84);
    expect(rises.length).toBe(1000);
    for (const [i, [tick]] of rises.entries()) expect(tick).toBe(tickOfCycle(loaded + 1193 * (i + 1), PIT_HERTZ, 100_000_000));
  });

  it('runs channel 0 at 18.2 Hz after power-on, as firmware leaves it', () => {
    const host = new MockHost();
    const pit = new Pit(host);
    host.runTo(pit, 1_000_000_000);
    expect(host.edges.filter(([, line, level]) => line === 0 && level).length).toBe(183);
  });

  it('interrupts once in mode 0 and then never again', () => {
    const host = new MockHost();
    const pit = new Pit(host);
    pit.writePort(0x43, 1, 0x30);
    expect(host.lines[0]).toBe(false);
    pit.writePort(0x40, 1, 0x00);
    pit.writePort(0x40, 1, 0x10);
    host.runTo(pit, 10_000_000);
    expect(host.edges.map(([, , level]) => level)).toEqual([true]);
    expect(host.edges[0][0]).toBe(tickOfCycle(4097, PIT_HERTZ, 100_000_000));
    expect(pit.nextWake()).toBe(Number.POSITIVE_INFINITY);
  });

  it('keeps a latched count until both bytes are read, and ignores a second latch', () => {
    const { pit, host } = setUp(2);
    writeCount(pit, 1000);
    host.ticks += 101;
    pit.writePort(0x43, 1, 0x80);
    host.ticks += 100;
    pit.writePort(0x43, 1, 0x80);
    expect(pit.readPort(0x42)).toBe(991 & 0xff);
    expect(pit.readPort(0x42)).toBe(991 >> 8);
    expect(readCount(pit)).toBe(981);
  });

  it('reads status and count by one read-back command, status first', () => {
    const { pit, host } = setUp(3);
    writeCount(pit, 1000);
    pit.writePort(0x43, 1, 0xc8);
    expect(pit.readPort(0x42)).toBe(0x80 | 0x40 | 0x30 | 6); // OUT high, count not loaded yet
    pit.readPort(0x42);
    pit.readPort(0x42);
    host.ticks += 10 * 501;
    pit.writePort(0x43, 1, 0xc8);
    expect(pit.readPort(0x42)).toBe(0x36); // second half: OUT low
    expect(pit.readPort(0x42) | (pit.readPort(0x42) << 8)).toBe(1000);
  });

  it('counts in decimal in BCD mode', () => {
    const { pit, host } = setUp(2);
    pit.writePort(0x43, 1, 0xb5);
    writeCount(pit, 0x0000);
    host.ticks += 10;
    expect(readCount(pit)).toBe(0);
    host.ticks += 10;
    expect(readCount(pit)).toBe(0x9999);
    host.ticks += 10 * 9998;
    expect(readCount(pit)).toBe(1);
  });

  it('reads and writes single bytes when the control word says so', () => {
    const { pit, host } = setUp(2);
    pit.writePort(0x43, 1, 0xa4); // MSB only, mode 2
    pit.writePort(0x42, 1, 0x12);
    host.ticks += 10;
    expect(pit.readPort(0x42)).toBe(0x12);
    expect(pit.readPort(0x42)).toBe(0x12);
    pit.writePort(0x43, 1, 0x94); // LSB only
    pit.writePort(0x42, 1, 0x34);
    host.ticks += 10;
    expect(pit.readPort(0x42)).toBe(0x34);
  });
});
