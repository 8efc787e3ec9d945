import { beforeEach, describe, expect, it } from 'vitest';
import { type PciFunctionView, pciView, type PciView } from '../../../src/api/views/pci.ts';
import { Board, SHARES } from './board.ts';
import { at } from '../../devices/pci/rig.ts';

let board: Board;

function look(): PciView {
  const { host, chipset, npar } = board;
  const { ticks: now, ticksPerSecond } = host;
  return pciView({ fabric: chipset.fabric, lines: [10, 10, 11, 11], partitioned: [npar.port], now, ticksPerSecond });
}

function find(rid: number): PciFunctionView {
  const found = look().functions.find((f) => f.routingId === rid);
  if (found === undefined) throw new Error(`no function ${rid}`);
  return found;
}

const PF = at(1, 0, 0);

beforeEach(() => {
  board = new Board();
});

describe('the view of PCI', () => {
  it('lists the tree in order, virtual functions as they appear', () => {
    expect(look().functions.map((f) => f.routingId)).toEqual([0, at(0, 1, 0), PF, at(0, 2, 0), at(2, 0, 0), at(2, 0, 1)]);
    board.enableVfs(2);
    const vfs = look().functions.filter((f) => f.kind === 'virtual');
    expect(vfs.map((f) => [f.routingId, f.virtualNumber, f.physical])).toEqual([
      [at(1, 0, 1), 1, PF],
      [at(1, 0, 2), 2, PF],
    ]);
  });

  it('reads size and kind of BARs from the bits that cannot be written, and whether they are reached', () => {
    expect(find(PF).bars).toEqual([
      expect.objectContaining({ index: 0, kind: 'memory32', size: 0x4000, isPrefetchable: false }),
      expect.objectContaining({ index: 1, kind: 'memory32', size: 0x1000 }),
    ]);
    expect(find(PF).bars.map((b) => b.isOpen)).toEqual([true, true]);
    board.nic.pf.writeConfig(4, 2, 4);
    expect(find(PF).bars.map((b) => b.isOpen)).toEqual([false, false]);
  });

  it('tells where a virtual function’s routing ID and windows come from', () => {
    board.enableVfs(2);
    const { sriov } = find(PF);
    expect(sriov).toMatchObject({ initialVfs: 4, totalVfs: 4, numVfs: 2, isEnabled: true, isMemoryEnabled: true, offset: board.sriov });
    expect(sriov?.vfs.map((vf) => [vf.number, vf.isThere])).toEqual([
      [1, true],
      [2, true],
      [3, false],
      [4, false],
    ]);
    for (const vf of sriov?.vfs ?? []) {
      expect(vf.routingId).toBe(PF + (sriov?.firstOffset ?? 0) + (vf.number - 1) * (sriov?.stride ?? 0));
      expect(vf.shares).toEqual(sriov?.bars.map((b) => b.base + (vf.number - 1) * b.share));
    }
    const second = find(at(1, 0, 2));
    expect(second.bars.map((b) => b.base)).toEqual(sriov?.vfs[1].shares);
    expect(second.bars.every((b) => b.isOpen)).toBe(true);
  });

  it('gives configuration space as software reads it, with its registers and capabilities', () => {
    const { config, registers, capabilities, pin, line } = find(PF);
    expect([config[0], config[1], config.length > 256]).toEqual([0xf4, 0x1a, true]);
    expect(registers.find((r) => r.name === 'NumVFs')?.offset).toBe(board.sriov + 0x10);
    expect(capabilities.map((c) => c.name)).toContain('MSI-X');
    expect([pin, line]).toEqual([1, 10]);
  });

  it('reads the MSI-X table as the function has it', () => {
    const [, window] = board.nic.pf.decodes();
    for (const [i, word] of [0xfee0_0000, 0, 0x51, 0].entries()) window.target.write(16 + 4 * i, 4, word);
    const { msix, interruptMode } = find(PF);
    expect([msix?.isEnabled, interruptMode, msix?.vectors.length === msix?.count]).toEqual([false, 'intx', true]);
    expect(msix?.vectors[0]).toMatchObject({ isMasked: true });
    expect(msix?.vectors[1]).toEqual({ number: 1, address: 0xfee0_0000, data: 0x51, isMasked: false, isPending: false });
    expect(msix?.table).toEqual({ bar: 1, offset: 0 });
    board.nic.pf.writeConfig((board.nic.pf.capabilities.find((c) => c.name === 'MSI-X')?.offset ?? 0) + 2, 2, 0x8000);
    expect(find(PF).interruptMode).toBe('msix');
    expect(find(at(0, 1, 0)).msix).toBe(null);
  });

  it('counts what each partition of a port has moved', () => {
    const [port] = look().ports;
    expect([port.id, port.bytesPerSecond]).toEqual(['npar.port', 125_000_000]);
    expect(port.partitions.map(({ min, max }) => ({ min, max }))).toEqual(SHARES);
    expect(port.partitions.map((p) => p.routingId)).toEqual([at(2, 0, 0), at(2, 0, 1)]);
    expect(find(at(2, 0, 1)).partition).toEqual({ port: 'npar.port', number: 1 });
    const { state } = board.npar.port;
    state.bytesSent.set(1, 3000);
    state.bytesThisSecond.set(1, 1000);
    expect(look().ports[0].partitions[1]).toMatchObject({ bytes: 3000, thisSecond: 1000, lastSecond: 0 });
    board.host.ticks = board.host.ticksPerSecond * 1.5;
    expect(look().ports[0].second).toBeCloseTo(0.5);
    expect(look().ports[0].partitions[1]).toMatchObject({ thisSecond: 0, lastSecond: 1000 });
  });
});
