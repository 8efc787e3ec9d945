/** virtio devices of a virtual machine: models and MMIO transport of devices/virtio, over the guest's memory and its interrupt controllers. */
import { STATUS_DRIVER_OK } from '../arch/virtio.ts';
import type { DeviceHost } from '../devices/device.ts';
import type { DmaMemory } from '../devices/virtio/dma.ts';
import { VirtioDevice } from '../devices/virtio/device.ts';
import { VIRTIO_MODELS } from '../devices/virtio/index.ts';
import type { Link } from '../devices/virtio/link.ts';
import { VirtioMmio } from '../devices/virtio/mmio.ts';
import type { VirtioModel } from '../devices/virtio/model.ts';
import { placeOf, VIRTIO_PLACES, type VirtioName } from '../devices/virtio/places.ts';
import { deviceNumber } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';
import { type Balloon, noteAnswer, noteGiven } from './overcommit.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Supply } from './supply.ts';
import type { RootOperation } from './root-operation.ts';
import type { Vm } from './vm.ts';

const COLUMNS = 80;
const ROWS = 25;
/** 1 Gbit/s at 100 MHz. */
const BYTE_TICKS = 0.8;

/** What the devices of all virtual machines have in common. */
export interface VirtioSurroundings {
  readonly root: RootOperation;
  readonly supply: Supply;
  readonly trace: Trace;
  readonly link: Link;
  /** Frames of the largest guest. */
  readonly mostFrames: number;
  output(vm: Vm, byte: number): void;
}

/** The devices of one virtual machine. `host` drives its interrupt lines. */
export class VmVirtio {
  readonly transports: readonly VirtioMmio[];
  readonly disk: MemoryDisk;
  readonly balloon: Balloon;

  constructor(vm: Vm, surroundings: VirtioSurroundings, host: DeviceHost) {
    this.disk = new MemoryDisk(vm, surroundings.root);
    const memory = guestDma(vm, surroundings);
    const balloonModel = makeBalloon(vm, surroundings);
    const models: Readonly<Record<VirtioName, VirtioModel>> = { ...makeModels(vm, surroundings, this.disk), balloon: balloonModel };
    this.transports = VIRTIO_PLACES.map(({ name, slot, base, irq }) => {
      const id = placeId(vm, name);
      const number = deviceNumber(vm.number, slot);
      const virtioHost = { now: () => host.now(), rewake: () => host.rewake(), memory, trace: surroundings.trace };
      const device = new VirtioDevice(models[name], virtioHost, { id, number });
      return new VirtioMmio(device, host, { base, irq });
    });
    const { device } = this.transports[placeOf('balloon').slot];
    this.balloon = {
      get isReady() {
        return (device.status & STATUS_DRIVER_OK) !== 0;
      },
      setTarget: (pages) => balloonModel.setTarget(pages),
      requestStats: () => balloonModel.requestStats(),
      startHinting: () => void balloonModel.startHinting(),
    };
  }
}

/** Parts of a device are called `vm0.virtio1`, `vm0.virtio1.block`, `vm0.virtio1.queue0`. */
function placeId(vm: Vm, name: VirtioName): string {
  return `${vm.id}.virtio${placeOf(name).slot}`;
}

function makeModels(
  vm: Vm,
  surroundings: VirtioSurroundings,
  disk: MemoryDisk,
): Readonly<Record<Exclude<VirtioName, 'balloon'>, VirtioModel>> {
  const { link } = surroundings;
  const { number } = vm;
  const put = (_port: number, bytes: Uint8Array): void => {
    for (const byte of bytes) surroundings.output(vm, byte);
  };
  return {
    console: VIRTIO_MODELS.console(placeId(vm, 'console'), {
      ports: [{ name: 'console', isConsole: true }],
      cols: COLUMNS,
      rows: ROWS,
      output: put,
    }),
    block: VIRTIO_MODELS.block(placeId(vm, 'block'), disk),
    // Locally administered addresses.
    network: VIRTIO_MODELS.network(placeId(vm, 'network'), link, { mac: [0x52, 0x54, 0, 0, 0, number + 1], byteTicks: BYTE_TICKS }),
    entropy: VIRTIO_MODELS.entropy(placeId(vm, 'entropy'), number + 1),
  };
}

function makeBalloon(vm: Vm, { root, supply, mostFrames }: VirtioSurroundings): ReturnType<(typeof VIRTIO_MODELS)['balloon']> {
  return VIRTIO_MODELS.balloon(
    placeId(vm, 'balloon'),
    {
      release: (frame, count, reason) => {
        for (let i = frame; i < frame + count && i < vm.state.ramPages; i++) supply.drop(vm, i * 4096);
        if (reason !== 'inflated') return;
        vm.state.ballooned += count;
        noteGiven(vm, root.now(), count);
      },
      reclaim: () => {
        vm.state.ballooned = Math.max(0, vm.state.ballooned - 1);
      },
      hint: () => {},
      settled: () => noteAnswer(vm, root.now()),
    },
    { frames: mostFrames },
  );
}

/** The guest's memory as its devices reach it: guest-physical addresses, a frame at the first touch as for the guest itself. */
function guestDma(vm: Vm, { root, supply }: VirtioSurroundings): DmaMemory {
  const check = (address: number, size: number, isWrite: boolean): boolean => {
    if (address + size > vm.ramSize) return false;
    for (let at = address - (address % 4096); at < address + size; at += 4096) if (supply.back(vm, at, isWrite, true) < 0) return false;
    return true;
  };
  /** Calls `move` with each run of bytes in one page: host address, place in the buffer, size. */
  const runs = (address: number, length: number, move: (host: number, place: number, size: number) => void): void => {
    for (let done = 0; done < length; ) {
      const at = address + done;
      const size = Math.min(length - done, 4096 - (at % 4096));
      move(vm.ept.frameOf(at - (at % 4096)) + (at % 4096), done, size);
      done += size;
    }
  };
  return {
    check,
    read: (address, into) => {
      if (!check(address, into.length, false)) return false;
      vm.state.dmaBytesRead += into.length;
      runs(address, into.length, (host, place, size) => root.memory.load(host, into.subarray(place, place + size)));
      return true;
    },
    write: (address, from) => {
      if (!check(address, from.length, true)) return false;
      vm.state.dmaBytesWritten += from.length;
      runs(address, from.length, (host, place, size) => root.memory.store(host, from.subarray(place, place + size)));
      return true;
    },
  };
}
