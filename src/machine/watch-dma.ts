import type { Chipset } from '../devices/pci/chipset.ts';
import { DMA_OPERATIONS, TRACE_KIND } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';

const DONE = { read: DMA_OPERATIONS.indexOf('read'), write: DMA_OPERATIONS.indexOf('write') };
const REFUSED = { read: DMA_OPERATIONS.indexOf('refused read'), write: DMA_OPERATIONS.indexOf('refused write') };

/** Records what bus masters do: what was refused always, what was done if `dma` is wanted. */
export function watchDma({ fabric, iommu }: Chipset, trace: Trace): void {
  fabric.masters.onAccess = ({ requesterId, address, size, isWrite, isDone }) => {
    if (isDone && ((trace.mask >>> TRACE_KIND.dma) & 1) === 0) return;
    const operation = (isDone ? DONE : REFUSED)[isWrite ? 'write' : 'read'];
    trace.emit(TRACE_KIND.dma, requesterId, operation, address | 0, highOf(address), size);
  };
  if (iommu === null) return;
  iommu.onFault = ({ requester, address, isWrite, reason }) => {
    trace.emit(TRACE_KIND.iommuFault, requester, reason, isWrite ? 1 : 0, address | 0, highOf(address));
  };
}

function highOf(address: number): number {
  return Math.floor(address / 2 ** 32) | 0;
}
