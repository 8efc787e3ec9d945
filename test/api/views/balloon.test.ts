import { describe, expect, it } from 'vitest';
import { type BalloonView, balloonsView, type BalloonsView, MOST_CELLS, type PageKind } from '../../../src/api/views/balloon.ts';
import { placeOf } from '../../../src/devices/virtio/places.ts';
import type { HostedMachine } from '../../../src/machine/hosted.ts';
import { host } from '../../vmm/build.ts';

const BASE = placeOf('balloon').base;

/** Touches pages 40H to 53H; gives statistics; inflates pages 40H to 47H, takes two of them back, and touches page 42H, which is in the balloon. */
const GIVER = `
    mov  esp, 0x20000
    mov  edi, 0x40000
    mov  ecx, 20
touch:
    mov  dword [edi], 5
    add  edi, 0x1000
    loop touch
    mov  ebx, ${BASE}
    mov  dword [ebx + 0x70], 0
    mov  dword [ebx + 0x70], 3
    mov  dword [ebx + 0x24], 0
    mov  dword [ebx + 0x20], 6      ; STATS_VQ, DEFLATE_ON_OOM
    mov  dword [ebx + 0x24], 1
    mov  dword [ebx + 0x20], 1
    mov  dword [ebx + 0x70], 11
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    inc  eax
    mov  edx, 0x31000
    call queue
    inc  eax
    mov  edx, 0x32000
    call queue
    mov  dword [ebx + 0x70], 15
    mov  word [0x33000], 4          ; MEMFREE
    mov  dword [0x33002], 0x50000
    mov  word [0x3300A], 5          ; MEMTOT
    mov  dword [0x3300C], 0x100000
    mov  edx, 0x32000
    mov  dword [edx], 0x33000
    mov  dword [edx + 8], 20
    mov  word [edx + 0x102], 1
    mov  dword [ebx + 0x50], 2
    xor  ecx, ecx
numbers:
    lea  eax, [ecx + 0x40]
    mov  [0x34000 + ecx * 4], eax
    inc  ecx
    cmp  ecx, 8
    jb   numbers
    mov  edx, 0x30000
    mov  dword [edx + 8], 32
    xor  eax, eax
    call send
    mov  edx, 0x31000
    mov  dword [edx + 8], 8
    mov  eax, 1
    call send
    mov  dword [ebx + 0x104], 6     ; actual
    mov  dword [0x42000], 1
    cli
    hlt
queue:
    mov  [ebx + 0x30], eax
    mov  dword [ebx + 0x38], 8
    mov  [ebx + 0x80], edx
    add  edx, 0x100
    mov  [ebx + 0x90], edx
    add  edx, 0x100
    mov  [ebx + 0xA0], edx
    mov  dword [ebx + 0x44], 1
    ret
send:
    mov  dword [edx], 0x34000
    inc  word [edx + 0x102]
    mov  [ebx + 0x50], eax
.wait:
    mov  cx, [edx + 0x202]
    cmp  cx, [edx + 0x102]
    jne  .wait
    ret`;

function machine(ramPages = 256, source = GIVER): HostedMachine {
  const hosted = host([source]);
  hosted.vmm.create({ image: 0, ramPages });
  hosted.command({ do: 'balloon', vm: 0, pages: 8 });
  hosted.machine.run(2_000_000);
  return hosted;
}

function look(hosted: HostedMachine): BalloonsView {
  return balloonsView(hosted.vmm, hosted.machine.now(), () => 1000);
}

/** What page `page` is by the mosaic. */
function kindAt({ cells, pagesPerCell }: BalloonView, page: number): PageKind | undefined {
  let at = Math.floor(page / pagesPerCell);
  return cells.find(({ count }) => (at -= count) < 0)?.kind;
}

describe('the view of balloons', () => {
  it('tells of every page what it is', () => {
    const [vm] = look(machine()).vms;
    expect([0x40, 0x41, 0x42, 0x43, 0x47, 0x48, 0x53, 0x54].map((page) => kindAt(vm, page))).toEqual([
      ...['empty', 'empty', 'touched', 'ballooned', 'ballooned', 'resident', 'resident', 'empty'],
    ]);
    expect([vm.counts.ballooned, vm.counts.touched, vm.counts.shared]).toEqual([5, 1, 0]);
    expect(Object.values(vm.counts).reduce((a, b) => a + b)).toBe(256);
    expect(vm.cells.reduce((sum, { count }) => sum + count, 0)).toBe(256);
  });

  it('tells target, what the driver says, and what is really in it', () => {
    const [vm] = look(machine()).vms;
    expect([vm.target, vm.numPages, vm.actual, vm.inflated]).toEqual([8, 8, 6, 6]);
    expect(vm.moved).toEqual({ inflated: 8, deflated: 2, reported: 0, hinted: 0, refused: 0 });
    expect(vm.features).toEqual({ mustTellHost: false, statistics: true, deflateOnOom: true, reporting: false });
    expect(vm).toMatchObject({ number: 0, name: 'vm0', isReady: true, pages: 256 });
  });

  it('gives the statistics that the guest gave, and their age', () => {
    const hosted = machine();
    const [vm] = look(hosted).vms;
    expect(vm.statistics.map(({ name, value }) => [name, value])).toEqual([
      ['MEMFREE', 0x50000],
      ['MEMTOT', 0x100000],
    ]);
    expect([vm.readings, vm.age]).toEqual([1, hosted.machine.now() - 1000]);
    expect(balloonsView(hosted.vmm, 5, () => null).vms[0].age).toBe(null);
  });

  it('counts the host’s frames by kind and owner, and nothing is lost', () => {
    const hosted = machine();
    const view = look(hosted);
    const { host: frames } = view;
    expect(frames.free).toBe(hosted.vmm.frames.free);
    expect(Object.values(frames.kinds).reduce((a, b) => a + b)).toBe(frames.total);
    expect(frames.owners).toEqual([{ number: 0, frames: hosted.vmm.frames.countOf(1) }]);
    expect(frames.hypervisor + frames.owners[0].frames + frames.kinds.free + frames.kinds.shared).toBe(frames.total);
    expect(frames.kinds.ram).toBe(view.vms[0].counts.resident + view.vms[0].counts.touched);
  });

  it('shows pages that were merged as shared', () => {
    const hosted = machine();
    hosted.vmm.supply.merge(hosted.vmm.present);
    const { host: frames, vms } = look(hosted);
    expect(vms[0].counts.shared).toBeGreaterThan(10);
    expect(frames.kinds.shared).toBeGreaterThan(0);
  });

  it('puts several pages into a cell where there are too many', () => {
    const hosted = machine(4 * MOST_CELLS);
    const [vm] = look(hosted).vms;
    expect([vm.pagesPerCell, vm.cells.reduce((sum, { count }) => sum + count, 0)]).toEqual([4, MOST_CELLS]);
    // 40H and 41H are empty, 42H is touched, 43H ballooned: of equals the later kind.
    expect([kindAt(vm, 0x40), kindAt(vm, 0x44), kindAt(vm, 0x48)]).toEqual(['empty', 'ballooned', 'resident']);
  });

  it('has nothing to tell where there is no virtual machine', () => {
    expect(look(host([GIVER])).vms).toEqual([]);
  });

  it('changes nothing', () => {
    const hosted = machine();
    const before = hosted.machine.hash();
    look(hosted);
    expect(hosted.machine.hash()).toBe(before);
  });
});
