import { type ArrayField, layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';

const MASTER = 0;
const SLAVE = 1;
const MASTER_COMMAND = 0x20;
const SLAVE_COMMAND = 0xa0;
const ELCR = 0x4d0;
/** The slave's INT output is wired to this input of the master. */
const CASCADE = 2;

// ICW1 and ICW4.
const ICW1_NEEDS_ICW4 = 1 << 0;
const ICW1_SINGLE = 1 << 1;
const ICW1 = 1 << 4;
const ICW4_AUTO_EOI = 1 << 1;
const ICW4_SPECIAL_FULLY_NESTED = 1 << 4;
// OCW2: rotate, specific, end of interrupt.
const OCW2_EOI = 1 << 5;
const OCW2_SPECIFIC = 1 << 6;
const OCW2_ROTATE = 1 << 7;
// OCW3.
const OCW3 = 1 << 3;
const OCW3_POLL = 1 << 2;
const OCW3_READ = 1 << 1;
const OCW3_READ_ISR = 1 << 0;
const OCW3_SET_SPECIAL_MASK = 1 << 6;
const OCW3_SPECIAL_MASK = 1 << 5;

/** Lines that the PC wires as edge-triggered whatever ELCR says: 0, 1, 2 and 8, 13. */
const ELCR_WRITABLE = [0xf8, 0xde] as const;
/** As a PC's firmware leaves it: vectors 08H and 70H, 8086 mode. All lines are masked. */
const FIRMWARE_BASE = [0x08, 0x70] as const;

const PAIR = ['u8', 2] as const;
const PIC_LAYOUT = layout({
  /** Request, in-service and mask registers. */
  irr: PAIR,
  isr: PAIR,
  imr: PAIR,
  /** Levels of the inputs as last driven, and edge/level control. */
  lines: PAIR,
  elcr: PAIR,
  /** Initialisation words, and which of them comes next (0: none). */
  icw1: PAIR,
  base: PAIR,
  icw3: PAIR,
  icw4: PAIR,
  nextIcw: PAIR,
  /** The input of lowest priority. */
  lowest: PAIR,
  rotateOnAutoEoi: PAIR,
  specialMask: PAIR,
  readsIsr: PAIR,
  polls: PAIR,
});

/** The two 8259A interrupt controllers of a PC/AT, the slave on input 2 of the master. Intel 8259A data sheet; the level-trigger bit of ICW1 is
 *  ignored in favour of ELCR, as in the PIIX. MCS-80 mode does not exist: vectors are always those of 8086 mode. */
export class Pic implements Device {
  readonly id = 'pic';
  readonly title = 'Interrupt controllers (two 8259A)';
  readonly isPassive = true;
  readonly layout = PIC_LAYOUT;
  readonly bytes = new Uint8Array(PIC_LAYOUT.size);
  readonly ports = [
    { first: MASTER_COMMAND, count: 2 },
    { first: SLAVE_COMMAND, count: 2 },
    { first: ELCR, count: 2 },
  ] as const;
  readonly registers = [
    { port: 0x20, name: 'master command', access: 'read/write', meaning: 'writes ICW1, OCW2, OCW3; reads IRR, ISR or a poll' },
    { port: 0x21, name: 'master data', access: 'read/write', meaning: 'writes ICW2 to ICW4 after ICW1, else the mask' },
    { port: 0xa0, name: 'slave command', access: 'read/write', meaning: 'as the master' },
    { port: 0xa1, name: 'slave data', access: 'read/write', meaning: 'as the master' },
    { port: 0x4d0, name: 'ELCR, lines 0 to 7', access: 'read/write', meaning: '1: level-triggered' },
    { port: 0x4d1, name: 'ELCR, lines 8 to 15', access: 'read/write', meaning: '1: level-triggered' },
  ] as const;
  /** Level of the INTR pin. Derived. */
  asserted = false;
  /** Called when the pin changes. The machine wires it to the CPU. */
  onChange: () => void = () => {};
  /** Called with the vector of an input that is not masked when it gets a request. */
  onRequest: (vector: number) => void = () => {};
  private readonly state = PIC_LAYOUT.view(this.bytes);

  constructor(_host: DeviceHost) {
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    for (const chip of [MASTER, SLAVE]) {
      this.state.imr.set(chip, 0xff);
      this.state.icw1.set(chip, ICW1 | ICW1_NEEDS_ICW4);
      this.state.base.set(chip, FIRMWARE_BASE[chip]);
      this.state.icw4.set(chip, 1);
      this.state.lowest.set(chip, 7);
    }
    this.state.icw3.set(MASTER, 1 << CASCADE);
    this.state.icw3.set(SLAVE, CASCADE);
    this.rebuild();
  }

  rebuild(): void {
    this.update();
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}

  /** Drives input `line`, 0 to 15. Line 2 is the cascade and cannot be driven. */
  setLine(line: number, level: boolean): void {
    const chip = line >> 3;
    if (line === CASCADE) return;
    this.drive(chip, line & 7, level);
    this.update();
  }

  /** Whether a rise of `line` would assert the pin as things stand: not masked, and nothing in service in its way. */
  letsThrough(line: number): boolean {
    const bit = 1 << (line & 7);
    if (line < 8) return this.highest(MASTER, bit) >= 0;
    return this.highest(SLAVE, bit) >= 0 && this.highest(MASTER, 1 << CASCADE) >= 0;
  }

  /** The INTA cycle: returns the vector. With no request left it is the spurious one, input 7's, and nothing goes into service. */
  acknowledge(): number {
    const input = this.highest(MASTER);
    const { base, icw1, icw3 } = this.state;
    let vector = base.at(MASTER) + 7;
    if (input >= 0) {
      this.intoService(MASTER, input);
      vector = base.at(MASTER) + input;
      const isCascaded = input === CASCADE && (icw1.at(MASTER) & ICW1_SINGLE) === 0 && icw3.at(MASTER) & (1 << CASCADE);
      if (isCascaded) {
        const second = this.highest(SLAVE);
        if (second >= 0) this.intoService(SLAVE, second);
        vector = base.at(SLAVE) + (second >= 0 ? second : 7);
      }
    }
    this.update();
    return vector;
  }

  readPort(port: number): number {
    if (port >= ELCR) return this.state.elcr.at(port - ELCR);
    const chip = port >= SLAVE_COMMAND ? SLAVE : MASTER;
    if (this.state.polls.at(chip)) return this.poll(chip);
    if (port & 1) return this.state.imr.at(chip);
    return this.state.readsIsr.at(chip) ? this.state.isr.at(chip) : this.state.irr.at(chip);
  }

  writePort(port: number, _size: number, value: number): void {
    if (port >= ELCR) {
      this.state.elcr.set(port - ELCR, value & ELCR_WRITABLE[port - ELCR]);
      this.relatch(port - ELCR);
    } else {
      const chip = port >= SLAVE_COMMAND ? SLAVE : MASTER;
      if (port & 1) this.writeData(chip, value);
      else if (value & ICW1) this.initialise(chip, value);
      else if (value & OCW3) this.writeOcw3(chip, value);
      else this.writeOcw2(chip, value);
    }
    this.update();
  }

  /** Data sheet, "Initialization Command Words 1 and 2": the edge sense circuit is reset, the mask cleared, input 7 gets the lowest priority. */
  private initialise(chip: number, value: number): void {
    const s = this.state;
    s.icw1.set(chip, value);
    s.nextIcw.set(chip, 2);
    s.lowest.set(chip, 7);
    if ((value & ICW1_NEEDS_ICW4) === 0) s.icw4.set(chip, 0);
    for (const field of [s.irr, s.isr, s.imr, s.specialMask, s.readsIsr, s.polls, s.rotateOnAutoEoi]) field.set(chip, 0);
    this.relatch(chip);
  }

  private writeData(chip: number, value: number): void {
    const { nextIcw, icw1, base, icw3, icw4, imr } = this.state;
    const afterIcw3 = icw1.at(chip) & ICW1_NEEDS_ICW4 ? 4 : 0;
    switch (nextIcw.at(chip)) {
      case 2:
        base.set(chip, value & 0xf8);
        nextIcw.set(chip, icw1.at(chip) & ICW1_SINGLE ? afterIcw3 : 3);
        break;
      case 3:
        icw3.set(chip, value);
        nextIcw.set(chip, afterIcw3);
        break;
      case 4:
        icw4.set(chip, value);
        nextIcw.set(chip, 0);
        break;
      default:
        imr.set(chip, value);
    }
  }

  private writeOcw2(chip: number, value: number): void {
    const { isr, lowest, rotateOnAutoEoi } = this.state;
    const level = value & 7;
    const isSpecific = (value & OCW2_SPECIFIC) !== 0;
    const isRotating = (value & OCW2_ROTATE) !== 0;
    if (value & OCW2_EOI) {
      const input = isSpecific ? level : this.endable(chip);
      if (input < 0) return;
      isr.set(chip, isr.at(chip) & ~(1 << input));
      if (isRotating) lowest.set(chip, input);
    } else if (isSpecific) {
      if (isRotating) lowest.set(chip, level); // without R: no operation
    } else {
      rotateOnAutoEoi.set(chip, isRotating ? 1 : 0);
    }
  }

  private writeOcw3(chip: number, value: number): void {
    const { specialMask, readsIsr, polls } = this.state;
    if (value & OCW3_SET_SPECIAL_MASK) specialMask.set(chip, value & OCW3_SPECIAL_MASK ? 1 : 0);
    if (value & OCW3_POLL) polls.set(chip, 1);
    else if (value & OCW3_READ) readsIsr.set(chip, value & OCW3_READ_ISR);
  }

  /** Data sheet, "Poll Command": the read is the acknowledgement. */
  private poll(chip: number): number {
    this.state.polls.set(chip, 0);
    const input = this.highest(chip);
    if (input < 0) return 0;
    this.intoService(chip, input);
    this.update();
    return 0x80 | input;
  }

  private intoService(chip: number, input: number): void {
    const { irr, isr, icw4, lowest, rotateOnAutoEoi } = this.state;
    if (!this.isLevel(chip, input)) irr.set(chip, irr.at(chip) & ~(1 << input));
    if ((icw4.at(chip) & ICW4_AUTO_EOI) === 0) isr.set(chip, isr.at(chip) | (1 << input));
    else if (rotateOnAutoEoi.at(chip)) lowest.set(chip, input);
  }

  /** A rising edge sets the request; a falling one takes it back, as the data sheet demands the input to stay high until INTA. */
  private drive(chip: number, input: number, level: boolean): void {
    const { lines, irr, imr, base } = this.state;
    const bit = 1 << input;
    const wasHigh = (lines.at(chip) & bit) !== 0;
    setBit(lines, chip, bit, level);
    if (!level) setBit(irr, chip, bit, false);
    else if (!wasHigh || this.isLevel(chip, input)) setBit(irr, chip, bit, true);
    if (level && !wasHigh && (imr.at(chip) & bit) === 0) this.onRequest(base.at(chip) + input);
  }

  /** Requests of level-triggered inputs follow their lines. */
  private relatch(chip: number): void {
    const { irr, lines } = this.state;
    for (let input = 0; input < 8; input++) {
      if (this.isLevel(chip, input)) setBit(irr, chip, 1 << input, (lines.at(chip) & (1 << input)) !== 0);
    }
  }

  private isLevel(chip: number, input: number): boolean {
    return (this.state.elcr.at(chip) & (1 << input)) !== 0;
  }

  /** The request that would be acknowledged now (with `furtherRequest`, if that came too), or -1. Priorities run from `lowest` + 1 upwards, round the eight
   *  inputs; an input in service inhibits itself and all below, in special mask mode only while it is not masked. */
  private highest(chip: number, furtherRequest = 0): number {
    const { irr, imr, isr, lowest, specialMask, icw4, nextIcw } = this.state;
    const requests = (irr.at(chip) | furtherRequest) & ~imr.at(chip);
    if (requests === 0 || nextIcw.at(chip) !== 0) return -1;
    const blocking = specialMask.at(chip) ? isr.at(chip) & ~imr.at(chip) : isr.at(chip);
    const letsSlaveNest = chip === MASTER && (icw4.at(MASTER) & ICW4_SPECIAL_FULLY_NESTED) !== 0;
    for (let i = 1; i <= 8; i++) {
      const input = (lowest.at(chip) + i) & 7;
      const bit = 1 << input;
      if (blocking & bit && !(letsSlaveNest && input === CASCADE && requests & bit)) return -1;
      if (requests & bit) return input;
    }
    return -1;
  }

  /** What a non-specific EOI ends: the input in service with the highest priority; in special mask mode, masked ones do not count. */
  private endable(chip: number): number {
    const { isr, imr, lowest, specialMask } = this.state;
    const served = specialMask.at(chip) ? isr.at(chip) & ~imr.at(chip) : isr.at(chip);
    for (let i = 1; i <= 8; i++) {
      const input = (lowest.at(chip) + i) & 7;
      if (served & (1 << input)) return input;
    }
    return -1;
  }

  /** Carries the slave's INT to the master and the master's to the pin. The slave drops INT in each INTA cycle, so its level is the request. */
  private update(): void {
    const { lines, irr } = this.state;
    const isSlaveAsking = this.highest(SLAVE) >= 0;
    setBit(lines, MASTER, 1 << CASCADE, isSlaveAsking);
    setBit(irr, MASTER, 1 << CASCADE, isSlaveAsking);
    const asserted = this.highest(MASTER) >= 0;
    if (asserted === this.asserted) return;
    this.asserted = asserted;
    this.onChange();
  }
}

function setBit(field: ArrayField, chip: number, bit: number, on: boolean): void {
  field.set(chip, on ? field.at(chip) | bit : field.at(chip) & ~bit);
}
