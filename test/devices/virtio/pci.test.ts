import { beforeEach, describe, expect, it } from 'vitest';
import { STATUS_DEVICE_NEEDS_RESET } from '../../../src/arch/virtio.ts';
import { COMMON_FIELDS, NO_VECTOR } from '../../../src/arch/virtio-pci.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { createVirtioPci } from '../../../src/devices/virtio/pci-description.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { Rig as PciRig } from '../pci/rig.ts';
import { PciAccess } from './access.ts';
import { MockDriver } from './driver.ts';
import { Echo } from './echo.ts';
import { MockMemory } from './memory.ts';
import { MODEL_NAMES, MODELS, Rig } from './rig.ts';

const MSIX_BAR = 1;

let rig: Rig<Echo>;
let access: PciAccess;

beforeEach(() => {
  rig = new Rig((id) => new Echo(id), {}, 'pci');
  access = rig.access as PciAccess;
});

/** Sends one buffer and lets the device use it. */
function exchange(): void {
  const [queue] = rig.driver.queues;
  queue.add(Uint8Array.of(1, 2), 2);
  queue.kick();
  rig.settle();
  expect(queue.reap()[0].data).toEqual(Uint8Array.of(2, 1));
}

/** Offset of the capability with this cfg_type. */
function capability(type: number): number {
  const { endpoint } = rig;
  for (let at = endpoint.readConfig(0x34, 1); at !== 0; at = endpoint.readConfig(at + 1, 1)) {
    if (endpoint.readConfig(at, 1) === 9 && endpoint.readConfig(at + 3, 1) === type) return at;
  }
  throw new Error(`no capability of type ${type}`);
}

function enableMsix(): void {
  const { endpoint } = rig;
  for (let at = endpoint.readConfig(0x34, 1); at !== 0; at = endpoint.readConfig(at + 1, 1)) {
    if (endpoint.readConfig(at, 1) === 0x11) endpoint.writeConfig(at + 2, 2, 0x8000);
  }
  const table = endpoint.decodes().find(({ bar }) => bar === MSIX_BAR)?.target;
  for (let vector = 0; vector < 3; vector++) {
    table?.write(16 * vector, 4, 0xfee0_0000);
    table?.write(16 * vector + 8, 4, 0x40 + vector);
    table?.write(16 * vector + 12, 4, 0);
  }
}

describe('the configuration space of a virtio function', () => {
  it.each([
    ['network', 0x1041, 0x0200],
    ['block', 0x1042, 0x0100],
    ['console', 0x1043, 0x0780],
    ['entropy', 0x1044, 0x00ff],
    ['balloon', 0x1045, 0x00ff],
  ] as const)('says that the %s device is one', (name, device, classCode) => {
    const { endpoint } = new Rig(MODELS[name] as typeof MODELS.balloon, {}, 'pci');
    expect([endpoint.readConfig(0, 2), endpoint.readConfig(2, 2), endpoint.readConfig(10, 2)]).toEqual([0x1af4, device, classCode]);
    // Neither transitional nor taken for legacy: revision 1, subsystem 40H or more, INTA.
    expect([endpoint.readConfig(8, 1), endpoint.readConfig(0x2e, 2) >= 0x40, endpoint.readConfig(0x3d, 1)]).toEqual([1, true, 1]);
  });

  it.each(MODEL_NAMES)('of the %s device leads to five structures that lie in its BAR and apart', (name) => {
    const { endpoint } = new Rig(MODELS[name] as typeof MODELS.balloon, {}, 'pci');
    const found: { type: number; from: number; to: number }[] = [];
    for (let at = endpoint.readConfig(0x34, 1); at !== 0; at = endpoint.readConfig(at + 1, 1)) {
      if (endpoint.readConfig(at, 1) !== 9) continue;
      const from = endpoint.readConfig(at + 8, 4);
      found.push({ type: endpoint.readConfig(at + 3, 1), from, to: from + endpoint.readConfig(at + 12, 4) });
    }
    expect(new Set(found.map(({ type }) => type))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(found).toHaveLength(5);
    const [bar] = endpoint.decodes();
    const placed = found.filter(({ type }) => type !== 5).sort((a, b) => a.from - b.from);
    for (const [i, { from, to }] of placed.entries()) {
      expect(from % 4).toBe(0);
      expect(to).toBeLessThanOrEqual(placed[i + 1]?.from ?? bar.size);
    }
  });
});

describe('the common configuration', () => {
  it('answers each field at its own width and at no other', () => {
    rig.driver.start([]);
    access.set('queue_select', 0);
    for (const { offset, size, name } of COMMON_FIELDS) {
      const value = access.get(name);
      expect(value >= 0 && value < 2 ** (8 * size)).toBe(true);
      for (const other of [1, 2, 4] as const) if (other !== size && offset % other === 0) expect(rig.window.read(offset, other)).toBe(0);
    }
    expect(access.get('num_queues')).toBe(2);
    expect(access.get('queue_size')).toBe(16);
  });

  it('reads back what the driver wrote, and keeps a queue that is enabled', () => {
    rig.driver.negotiate([]);
    access.setQueue(0, { size: 8, desc: 0x11000, driver: 0x12000, device: 0x13000 });
    expect(['queue_desc_low', 'queue_driver_low', 'queue_device_low', 'queue_size'].map((n) => access.get(n as 'queue_size'))).toEqual([
      ...[0x11000, 0x12000, 0x13000, 8],
    ]);
    access.set('queue_desc_low', 0x55000);
    access.set('queue_enable', 0);
    expect([access.get('queue_desc_low'), access.get('queue_enable')]).toEqual([0x11000, 1]);
    access.set('driver_feature_select', 1);
    expect(access.get('driver_feature')).toBe(1);
  });

  it('shows a queue that is not there as one of size 0', () => {
    access.set('queue_select', 2);
    for (const name of ['queue_size', 'queue_enable', 'queue_desc_low'] as const) expect(access.get(name)).toBe(0);
    expect(access.get('queue_msix_vector')).toBe(NO_VECTOR);
    access.set('queue_enable', 1);
    expect(rig.device.status).toBe(0);
  });
});

describe('interrupts by INTx', () => {
  it('stay until ISR is read, which clears it, and show in the status register', () => {
    rig.driver.start([]);
    exchange();
    expect(rig.line).toBe(true);
    expect(rig.endpoint.readConfig(6, 2) & 8).toBe(8);
    rig.device.configChanged();
    expect(access.takeInterrupts()).toBe(3);
    expect(rig.line).toBe(false);
    expect(rig.endpoint.readConfig(6, 2) & 8).toBe(0);
    expect(access.takeInterrupts()).toBe(0);
    expect(rig.messages).toEqual([]);
  });

  it('do not reach the pin while the command register disables it', () => {
    rig.driver.start([]);
    rig.endpoint.writeConfig(4, 2, 0x406);
    exchange();
    expect(rig.line).toBe(false);
    rig.endpoint.writeConfig(4, 2, 6);
    expect(rig.line).toBe(true);
  });

  it('end with a reset of the device', () => {
    rig.driver.start([]);
    exchange();
    access.status = 0;
    expect([rig.line, access.takeInterrupts()]).toEqual([false, 0]);
  });
});

describe('interrupts by MSI-X', () => {
  it('go to the vector of the queue, or of the configuration, and not over the pin', () => {
    enableMsix();
    rig.driver.start([]);
    access.set('config_msix_vector', 0);
    for (const queue of [0, 1]) {
      access.set('queue_select', queue);
      access.set('queue_msix_vector', queue + 1);
    }
    exchange();
    rig.device.configChanged();
    expect(rig.messages).toEqual([
      [0xfee0_0000, 0x41],
      [0xfee0_0000, 0x40],
    ]);
    expect([rig.line, access.takeInterrupts()]).toEqual([false, 2]);
  });

  it('do not go where there is no vector, and a vector that does not exist reads as none', () => {
    enableMsix();
    rig.driver.start([]);
    access.set('queue_select', 0);
    expect(access.get('queue_msix_vector')).toBe(NO_VECTOR);
    access.set('queue_msix_vector', 3);
    expect(access.get('queue_msix_vector')).toBe(NO_VECTOR);
    exchange();
    rig.device.configChanged();
    expect(rig.messages).toEqual([]);
    access.set('queue_msix_vector', 2);
    expect(access.get('queue_msix_vector')).toBe(2);
    access.status = 0;
    expect(access.get('queue_msix_vector')).toBe(NO_VECTOR);
  });
});

describe('the configuration access capability', () => {
  it('is a window into the BAR for whoever cannot map it', () => {
    const at = capability(5);
    const { endpoint } = rig;
    endpoint.writeConfig(at + 4, 1, 0);
    endpoint.writeConfig(at + 8, 4, 20);
    endpoint.writeConfig(at + 12, 4, 1);
    endpoint.writeConfig(at + 16, 1, 3);
    expect(access.status).toBe(3);
    access.status = 0;
    expect(endpoint.readConfig(at + 16, 4)).toBe(0);
    endpoint.writeConfig(at + 8, 4, 18);
    endpoint.writeConfig(at + 12, 4, 2);
    expect(endpoint.readConfig(at + 16, 2)).toBe(2);
  });

  it('means nothing with an odd width, an unaligned offset or one behind the end', () => {
    const at = capability(5);
    const { endpoint } = rig;
    for (const [offset, width] of [
      [20, 3],
      [21, 2],
      [0x4000, 4],
      [0xffff_fffc, 4],
      [20, 0],
    ]) {
      endpoint.writeConfig(at + 8, 4, offset);
      endpoint.writeConfig(at + 12, 4, width);
      endpoint.writeConfig(at + 16, 4, 0xffff_ffff);
      endpoint.readConfig(at + 16, 4);
      expect(access.status).toBe(0);
    }
  });

  it('shows its data without doing anything to someone who only looks', () => {
    rig.driver.start([]);
    exchange();
    const at = capability(5);
    rig.endpoint.writeConfig(at + 8, 4, 0x1000);
    rig.endpoint.writeConfig(at + 12, 4, 1);
    rig.endpoint.peekConfig(at + 16, 4);
    expect(rig.line).toBe(true);
    expect(rig.endpoint.readConfig(at + 16, 1)).toBe(1);
    expect(rig.line).toBe(false);
  });
});

describe('a virtio function on a bus', () => {
  let bus: PciRig;
  let pci: ReturnType<typeof createVirtioPci>;
  let driver: MockDriver;

  beforeEach(() => {
    bus = new PciRig();
    const host = { now: () => bus.host.ticks, rewake: () => {}, trace: new Trace(16) };
    pci = createVirtioPci(new Echo('echo'), host, { id: 'dev', number: 0 });
    bus.fabric.root.attach(3, 0, pci.endpoint);
    pci.endpoint.writeConfig(0x10, 4, 0xc010_0000);
    pci.endpoint.writeConfig(4, 2, 6);
    // The driver's memory is the machine's.
    const memory = new MockMemory(bus.physical.ram8.subarray(0, bus.physical.size));
    driver = new MockDriver(new PciAccess(pci.endpoint), memory);
    driver.start([]);
  });

  const settle = (): void => {
    while (pci.transport.nextWake() < Number.POSITIVE_INFINITY) bus.host.runTo(pci.transport, pci.transport.nextWake());
  };

  it('answers where its BAR is, moves bytes by its own requests, and interrupts through its link', () => {
    expect(bus.bus.read16(0xc010_0012)).toBe(2);
    driver.queues[0].add(Uint8Array.of(5, 6, 7), 3);
    driver.queues[0].kick();
    bus.physical.dirty.fill(0);
    settle();
    expect(driver.queues[0].reap()[0].data).toEqual(Uint8Array.of(7, 6, 5));
    expect(bus.physical.dirty.some((mark) => mark === 1)).toBe(true);
    expect(bus.links.at(-1)?.[1]).toBe(true);
    expect(bus.bus.read8(0xc010_1000)).toBe(1);
    expect(bus.links.at(-1)?.[1]).toBe(false);
  });

  it('that may not master the bus finds no memory, and says so', () => {
    settle();
    pci.endpoint.writeConfig(4, 2, 2);
    driver.queues[0].add(Uint8Array.of(5));
    driver.queues[0].kick();
    settle();
    expect(driver.access.status & STATUS_DEVICE_NEEDS_RESET).not.toBe(0);
    expect(reasonAt(pci.transport.device.state.fault)?.id).toBe('availUnreachable');
  });

  it('is new after a reset of the function', () => {
    pci.endpoint.reset();
    expect(pci.transport.device.status).toBe(0);
    expect(pci.transport.nextWake()).toBe(Number.POSITIVE_INFINITY);
    expect(pci.transport.device.queues[0].state.isReady).toBe(0);
  });
});
