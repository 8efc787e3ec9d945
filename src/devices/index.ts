import { AcpiPm, type PowerHost } from './acpi.ts';
import { CgaText } from './cga-text.ts';
import { DebugConsole } from './debug-console.ts';
import { DebugExit } from './debug-exit.ts';
import type { Device, DeviceHost } from './device.ts';
import { Pic } from './pic.ts';
import { Pit } from './pit.ts';
import { Port61 } from './port61.ts';
import { Rtc, type RtcOptions } from './rtc.ts';
import { SystemControl } from './system-control.ts';
import { Uart } from './uart.ts';

/** Every device of the machine, by name. */
export interface Devices extends Readonly<Record<string, Device>> {
  readonly pic: Pic;
  readonly pit: Pit;
  readonly rtc: Rtc;
  readonly uart: Uart;
}

/** Builds the devices in the order in which they are woken at one tick, shown, and kept in snapshots. One line per device. */
export function createDevices(host: DeviceHost & PowerHost, options: RtcOptions): Devices {
  const pic = new Pic(host);
  const pit = new Pit(host);
  return {
    pic,
    pit,
    rtc: new Rtc(host, options),
    port61: new Port61(host, pit),
    systemControl: new SystemControl(host),
    uart: new Uart(host),
    cgaText: new CgaText(host),
    debugConsole: new DebugConsole(host),
    debugExit: new DebugExit(host),
    acpi: new AcpiPm(host),
  };
}
