import type { Disk } from '../devices/virtio/disk.ts';
import { PAGE_SIZE, type Physical } from '../memory/physical.ts';
import { DEFAULT_SECTORS, type DeviceSpec } from './device-spec.ts';

const SECTOR = 512;
const NOTHING = new Uint8Array(0);
/** A snapshot reads the marks of pages four at a time. */
const ALIGNMENT = 4 * PAGE_SIZE;

export type BlockSpec = Extract<DeviceSpec, { kind: 'block' }>;

/** Bytes that a disk takes behind RAM. */
export function storageFor({ sectors = DEFAULT_SECTORS }: BlockSpec): number {
  return Math.ceil((sectors * SECTOR) / ALIGNMENT) * ALIGNMENT;
}

/** A disk of the machine, whose bytes lie behind RAM: so that snapshots, files and the hash have it page by page, as they have RAM. */
export class StoredDisk implements Disk {
  readonly sectors: number;
  readonly isReadOnly: boolean;
  private readonly physical: Physical;
  private readonly base: number;

  /** `base` is where it begins in `physical.ram8`. */
  constructor(physical: Physical, base: number, { sectors = DEFAULT_SECTORS, contents = '', isReadOnly = false }: BlockSpec) {
    this.physical = physical;
    this.base = base;
    this.sectors = sectors;
    this.isReadOnly = isReadOnly;
    this.write(
      0,
      Uint8Array.from(contents, (character) => character.charCodeAt(0)),
    );
  }

  read(offset: number, into: Uint8Array): void {
    const at = this.base + offset;
    into.set(this.physical.ram8.subarray(at, at + into.length));
  }

  write(offset: number, from: Uint8Array): void {
    this.physical.store(this.base + offset, from);
  }

  zero(offset: number, size: number): void {
    this.physical.store(this.base + offset, NOTHING, size);
  }

  flush(): void {}
}
