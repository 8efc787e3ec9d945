import { ACS, ACS_CONTROL, ACS_RR, HEADER_MULTIFUNCTION, HEADER_TYPE } from '../../arch/pci.ts';
import { PciBridge } from './bridge.ts';
import type { PciBus } from './bus.ts';
import type { Decode, PciFunction } from './function.ts';

/** Services of ACS that are on in a function; 0 without the capability. */
export function acsOf(fn: PciFunction): number {
  const acs = fn.capabilities.find((c) => c.isExtended && c.id === ACS.id);
  return acs === undefined ? 0 : fn.peekConfig(acs.offset + ACS_CONTROL, 2);
}

/** Whether the header says that the device has several functions. */
export function isMultifunction(fn: PciFunction): boolean {
  return (fn.peekConfig(HEADER_TYPE, 1) & HEADER_MULTIFUNCTION) !== 0;
}

/** What requests of `fn` on `bus` can reach without coming up to the root complex, hence past any IOMMU: functions on the way up, as long as nothing on it has
 *  request redirect on. PCI Express Base Specification, "ACS Peer-to-Peer Control Interactions". A virtual function without ACS of its own does not talk to its
 *  siblings. `busOf` says on which bus a bridge sits. */
export function peersOf(fn: PciFunction, bus: PciBus, busOf: (bridge: PciFunction) => PciBus | undefined): readonly Decode[] {
  const found: Decode[] = [];
  let from = fn;
  for (let on: PciBus | undefined = bus; on !== undefined && on.bridge !== null; on = busOf(from)) {
    if ((acsOf(from) & ACS_RR) !== 0) break;
    const isVirtual = from === fn && !on.functions.some(([, other]) => other === fn);
    if (!isVirtual) for (const [, other] of on.functions) if (other !== from) found.push(...decodesBelow(other));
    from = on.bridge;
  }
  return found;
}

function decodesBelow(fn: PciFunction): readonly Decode[] {
  if (!(fn instanceof PciBridge)) return fn.decodes();
  return fn.bus.functions.flatMap(([, below]) => decodesBelow(below)).filter((d) => fn.lets(d));
}
