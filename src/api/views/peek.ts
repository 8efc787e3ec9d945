/** Memory as a device would reach it, looked at without leaving a trace: no frame is made, no cache filled, no fault recorded. */
import { explainDma } from '../../devices/iommu/explain.ts';
import type { Iommu } from '../../devices/iommu/iommu.ts';
import type { Bus } from '../../memory/bus.ts';
import type { EptBuilder } from '../../vmm/ept-builder.ts';

const PAGE = 4096;

/** Host address of the page at `page`, or -1 where nothing is; a page of zeros that nobody has touched yet is null. */
type PageFinder = (page: number) => number | null;

export interface Peek {
  /** `length` bytes from `address` on; null where some of them cannot be read. */
  read(address: number, length: number): Uint8Array | null;
  /** Host address behind `address`; null where there is none. */
  host(address: number): number | null;
}

/** Memory that nobody reaches. */
export const NOWHERE: Peek = { read: () => null, host: () => null };

/** Addresses are host-physical. */
export function peekHost(bus: Bus): Peek {
  return peeker(bus, (page) => page);
}

/** Addresses are guest-physical of a virtual machine with `ramSize` bytes. */
export function peekGuest(bus: Bus, ept: EptBuilder, ramSize: () => number): Peek {
  return peeker(bus, (page) => {
    const frame = ept.frameOf(page);
    return frame >= 0 ? frame : page < ramSize() ? null : -1;
  });
}

/** Addresses pass the IOMMU with the requester ID that `requester` tells. */
export function peekIo(bus: Bus, iommu: Iommu, requester: () => number): Peek {
  return peeker(bus, (page) => {
    const { actual } = explainDma(iommu, { requester: requester(), address: page, isWrite: false });
    return 'host' in actual ? actual.host : -1;
  });
}

function peeker(bus: Bus, find: PageFinder): Peek {
  const pageAt = (address: number): number | null => (address < 2 ** 52 ? find(address - (address % PAGE)) : -1);
  const read = (address: number, length: number): Uint8Array | null => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = address + done;
      const offset = at % PAGE;
      const size = Math.min(length - done, PAGE - offset);
      const page = pageAt(at);
      if (page !== null) {
        const host = page < 0 || page >= 2 ** 32 ? -1 : bus.readablePage(page);
        if (host < 0) return null;
        bytes.set(bus.physical.ram8.subarray(host + offset, host + offset + size), done);
      }
      done += size;
    }
    return bytes;
  };
  const host = (address: number): number | null => {
    const page = pageAt(address) ?? -1;
    return page < 0 ? null : page + (address % PAGE);
  };
  return { read, host };
}
