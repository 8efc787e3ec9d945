import { layout } from '../base/layout.ts';
import type { Device } from './device.ts';

const EVENT = 0x600;
const STATUS = EVENT;
const ENABLE = EVENT + 2;
const CONTROL = 0x604;
/** ACPI is on, and cannot be switched off. */
const SCI_EN = 1 << 0;
const SLP_EN = 1 << 13;
const SLP_TYP_SHIFT = 10;
/** What the DSDT calls S5; there is no other sleep. */
const SLP_TYP_S5 = 0;
/** Timer, global lock, power and sleep button, clock. */
const ENABLES = 0x0721;
/** BM_RLD and SLP_TYP; GBL_RLS and SLP_EN read 0. */
const CONTROLS = 0x1c02;

const ACPI_LAYOUT = layout({ enable: 'u16', control: 'u16' });

/** Who can switch the machine off. */
export interface PowerHost {
  /** The guest switches the power off. */
  powerOff(): void;
}

/** The fixed registers of power management: PM1 event and control. No event ever comes, as there are no buttons and the clock has a line of its own: status reads 0,
 *  and the SCI is never asserted. ACPI Specification 6.4, "PM1 Event Grouping", "PM1 Control Grouping". */
export class AcpiPm implements Device {
  readonly id = 'acpi';
  readonly title = 'Power management (ACPI)';
  readonly isPassive = true;
  readonly layout = ACPI_LAYOUT;
  readonly bytes = new Uint8Array(ACPI_LAYOUT.size);
  readonly ports = [
    { first: EVENT, count: 4, width: 2 },
    { first: CONTROL, count: 2, width: 2 },
  ] as const;
  readonly registers = [
    { port: STATUS, name: 'PM1 status', access: 'read/write', meaning: 'events that came: none' },
    { port: ENABLE, name: 'PM1 enable', access: 'read/write', meaning: 'events that would assert the SCI' },
    { port: CONTROL, name: 'PM1 control', access: 'read/write', meaning: 'sleep type (12:10) and sleep (13): S5 switches off' },
  ] as const;
  private readonly state = ACPI_LAYOUT.view(this.bytes);
  private readonly host: PowerHost;

  constructor(host: PowerHost) {
    this.host = host;
  }

  reset(): void {
    this.bytes.fill(0);
  }

  rebuild(): void {}

  readPort(port: number, size: number): number {
    const register = port & ~1;
    const value = register === ENABLE ? this.state.enable : register === CONTROL ? this.state.control | SCI_EN : 0;
    return (value >>> (8 * (port & 1))) & (size === 1 ? 0xff : 0xffff);
  }

  writePort(port: number, size: number, value: number): void {
    const shift = 8 * (port & 1);
    const mask = (size === 1 ? 0xff : 0xffff) << shift;
    const register = port & ~1;
    const { state } = this;
    if (register === ENABLE) state.enable = ((state.enable & ~mask) | (value << shift)) & ENABLES;
    if (register !== CONTROL) return;
    const written = (state.control & ~mask) | (value << shift);
    state.control = written & CONTROLS;
    const type = (written >> SLP_TYP_SHIFT) & 7;
    if ((written & SLP_EN) !== 0 && type === SLP_TYP_S5) this.host.powerOff();
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}
}
