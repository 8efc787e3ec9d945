/** The MSR areas: entries of 16 bytes (MSR, reserved word, data) in physical memory. SDM vol. 3, "VM-Exit Controls for MSRs", "Loading MSRs". */
import { MSR_AREA_LIMIT } from '../arch/entry-checks.ts';
import { mayWriteMsr, msrRow, NO_WORD } from '../arch/msrs.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import type { Cpu } from '../cpu/cpu.ts';
import { readMsr, writeMsr } from '../cpu/msr.ts';
import type { Bus } from '../memory/bus.ts';
import type { EntryChecker } from './checks.ts';
import { readPhysical, type Vmcs } from './vmcs.ts';

const ENTRY_BYTES = 16;

/** Loads the VM-entry MSR-load area. Returns the place in ENTRY_CHECKS of the rule that an entry breaks (`checker.msr` is that entry), or -1. */
export function loadEntryMsrs(cpu: Cpu, vmcs: Vmcs, checker: EntryChecker): number {
  const count = vmcs.get(FIELD.entryMsrLoadCount) >>> 0;
  const area = new Area(cpu.bus, vmcs, FIELD.entryMsrLoadAddress);
  for (let number = 1; number <= count; number++) {
    area.moveTo(number);
    checker.msr = { number, index: area.index, reserved: area.reserved, isWritable: isWritable(cpu, area) };
    const failure = checker.firstFailure('msr');
    if (failure >= 0) return failure;
    writeMsr(cpu, area.index, [area.low, area.highWord]);
  }
  return -1;
}

/** Stores MSRs into the VM-exit MSR-store area; false: an entry cannot be stored, which is a VMX abort. */
export function storeExitMsrs(cpu: Cpu, vmcs: Vmcs): boolean {
  const count = vmcs.get(FIELD.exitMsrStoreCount) >>> 0;
  const area = new Area(cpu.bus, vmcs, FIELD.exitMsrStoreAddress);
  for (let number = 1; number <= count; number++) {
    if (number > MSR_AREA_LIMIT) return false;
    area.moveTo(number);
    const value = area.reserved === 0 ? readMsr(cpu, area.index) : null;
    if (value === null) return false;
    area.store(value[0], value[1]);
  }
  return true;
}

/** Loads MSRs from the VM-exit MSR-load area; false: an entry cannot be loaded, which is a VMX abort. The rules are those of VM entry. */
export function loadExitMsrs(cpu: Cpu, vmcs: Vmcs): boolean {
  const count = vmcs.get(FIELD.exitMsrLoadCount) >>> 0;
  const area = new Area(cpu.bus, vmcs, FIELD.exitMsrLoadAddress);
  for (let number = 1; number <= count; number++) {
    if (number > MSR_AREA_LIMIT) return false;
    area.moveTo(number);
    if (area.reserved !== 0 || !isWritable(cpu, area)) return false;
    writeMsr(cpu, area.index, [area.low, area.highWord]);
  }
  return true;
}

/** A cursor over one area. Entries beyond 4 GiB read as all ones, which no rule lets pass. */
class Area {
  private readonly bus: Bus;
  private readonly base: number;
  private at = 0;
  private high = 0;

  constructor(bus: Bus, vmcs: Vmcs, field: number) {
    this.bus = bus;
    this.base = (vmcs.get(field) >>> 0) + (vmcs.get(field + 1) >>> 0) * 2 ** 32;
  }

  /** To entry `number`, from 1. */
  moveTo(number: number): void {
    const host = this.base + (number - 1) * ENTRY_BYTES;
    this.at = host | 0;
    this.high = Math.floor(host / 2 ** 32);
  }

  get index(): number {
    return readPhysical(this.bus, this.at, this.high);
  }

  get reserved(): number {
    return readPhysical(this.bus, this.at + 4, this.high);
  }

  get low(): number {
    return readPhysical(this.bus, this.at + 8, this.high);
  }

  get highWord(): number {
    return readPhysical(this.bus, this.at + 12, this.high);
  }

  store(low: number, high: number): void {
    this.bus.write32(this.at + 8, low);
    this.bus.write32(this.at + 12, high);
  }
}

/** Whether WRMSR at CPL 0 would take the entry. */
function isWritable(cpu: Cpu, area: Area): boolean {
  const row = msrRow(area.index);
  if (row === undefined) return false;
  return mayWriteMsr(row, area.low, area.highWord, row.low === NO_WORD ? 0 : cpu.words[row.low]);
}
