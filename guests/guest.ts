import type { DeviceSpec } from '../src/machine/config.ts';
import type { Command } from '../src/vmm/commands.ts';

/** What a virtual machine of a hosted guest is started from. */
export interface HostedImage {
  /** Of its text: `name.asm`. */
  readonly name: string;
  readonly source: string;
  /** Where it begins and is entered. */
  readonly load: number;
  readonly mode: 'real' | 'protected';
  /** Memory for which it is laid out. */
  readonly ramMiB: number;
}

/** A guest of the catalogue: assembly that reads like a page of a textbook, and what is to be seen in it. */
export interface Guest {
  /** The folder's name; stable, it stands in links. */
  readonly id: string;
  readonly title: { readonly en: string; readonly fr: string };
  /** Two to four sentences: what happens and what to watch. */
  readonly prose: { readonly en: string; readonly fr: string };
  readonly level: 'cpu' | 'paging' | 'vmx' | 'ept' | 'devices' | 'hypervisor';
  /** The one assembly file (NASM syntax), as text. */
  readonly source: string;
  /** `boot`: 512 bytes at 0x7C00 in real mode. `flat`: at `load`, entered at `entry` (default: load) in `mode`. */
  readonly format: 'boot' | 'flat';
  readonly load: number;
  readonly entry?: number;
  readonly mode: 'real' | 'protected';
  readonly ramMiB: number;
  readonly tlb?: 'default' | 'teaching';
  /** What is plugged into the machine beside a PC's old chips. */
  readonly devices?: readonly DeviceSpec[];
  /** The machine's hypervisor is ours (src/vmm) and these are its virtual machines; `source`, `load` and `mode` are then those of the first image, and `ramMiB` is
   *  the host's memory. */
  readonly hosted?: {
    readonly images: readonly HostedImage[];
    /** What disks can begin with: text from sector 0 on. */
    readonly disks?: readonly string[];
    /** Virtual machines that there can be at one time; 4 where left out. */
    readonly places?: number;
    /** Given before the first tick, in order. */
    readonly commands: readonly Command[];
  };
  /** What the console shows when it has run to its end, how it ends, and how often it has left a guest for which reason. */
  readonly expected: { readonly console: string; readonly stop: 'halt' | 'debug-exit'; readonly exits: Readonly<Record<number, number>> };
  /** A linear address worth looking at first in the walk panel. */
  readonly look?: number;
  /** The panel that shows it best; the walk where left out. */
  readonly scene?: 'map' | 'vmcs' | 'tlb' | 'virtio' | 'iommu' | 'balloon' | 'pci' | 'vms';
}

/** A text of whole lines. */
export function lines(...texts: string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
