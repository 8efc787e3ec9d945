import type { Chipset } from '../devices/pci/chipset.ts';
import type { Bus } from '../memory/bus.ts';
import { DEVICE_OPERATIONS, DMA_OPERATIONS, TRACE_KIND } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';

const DONE = { read: DMA_OPERATIONS.indexOf('read'), write: DMA_OPERATIONS.indexOf('write') };
const REFUSED = { read: DMA_OPERATIONS.indexOf('refused read'), write: DMA_OPERATIONS.indexOf('refused write') };
const MMIO = { read: DEVICE_OPERATIONS.indexOf('MMIO read'), write: DEVICE_OPERATIONS.indexOf('MMIO write') };

/** What of a machine is watched, and its two rings. */
export interface Watched {
  readonly bus: Bus;
  readonly chipset: Chipset;
  readonly trace: Trace;
  readonly fine: Trace;
}

/** Records what device windows answer and what bus masters do: what they were refused is rare and stands in `trace`, all else in `fine`. */
export function watchBuses({ bus, chipset: { fabric, iommu }, trace, fine }: Watched): void {
  bus.onDevice = (host, size, value, isWrite) => fine.emit(TRACE_KIND.device, 0, isWrite ? MMIO.write : MMIO.read, host, value, size);
  fabric.masters.onAccess = ({ requesterId, address, size, isWrite, isDone }) => {
    const operation = (isDone ? DONE : REFUSED)[isWrite ? 'write' : 'read'];
    (isDone ? fine : trace).emit(TRACE_KIND.dma, requesterId, operation, address | 0, highOf(address), size);
  };
  if (iommu === null) return;
  iommu.onFault = ({ requester, address, isWrite, reason }) => {
    trace.emit(TRACE_KIND.iommuFault, requester, reason, isWrite ? 1 : 0, address | 0, highOf(address));
  };
}

function highOf(address: number): number {
  return Math.floor(address / 2 ** 32) | 0;
}
