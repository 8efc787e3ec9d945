/** Memory as a device would reach it, looked at without leaving a trace: no frame is made, no cache filled, no fault recorded. */
import { explainDma } from '../../devices/iommu/explain.ts';
import type { Iommu } from '../../devices/iommu/iommu.ts';
import type { Bus } from '../../memory/bus.ts';
import type { EptBuilder } from '../../vmm/ept-builder.ts';

const PAGE = 4096;

/** Host address of the page at `page`, or -1 where nothing is; a page of zeros that nobody has touched yet is null. */
type PageFinder = (page: number) => number | null;

/** `length` bytes from `address` on; null where some of them cannot be read. */
export type Peek = (address: number, length: number) => Uint8Array | null;

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
  return (address, length) => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = address + done;
      const offset = at % PAGE;
      const size = Math.min(length - done, PAGE - offset);
      const page = at < 2 ** 52 ? find(at - offset) : -1;
      if (page !== null) {
        const host = page < 0 || page >= 2 ** 32 ? -1 : bus.readablePage(page);
        if (host < 0) return null;
        bytes.set(bus.physical.ram8.subarray(host + offset, host + offset + size), done);
      }
      done += size;
    }
    return bytes;
  };
}
