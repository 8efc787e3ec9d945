/** The virtio devices: one line each. Whatever builds a machine or a VM picks from here, gives each a `VirtioDevice`, and that a transport. */
import { type BalloonHost, type BalloonOptions, VirtioBalloon } from './balloon.ts';
import { type BlockOptions, VirtioBlock } from './block.ts';
import { type ConsoleOptions, VirtioConsole } from './console.ts';
import type { Disk } from './disk.ts';
import { VirtioEntropy } from './entropy.ts';
import type { Link } from './link.ts';
import { type NetOptions, VirtioNet } from './net.ts';

export const VIRTIO_MODELS = {
  console: (id: string, options: ConsoleOptions) => new VirtioConsole(`${id}.console`, options),
  block: (id: string, disk: Disk, options?: Partial<BlockOptions>) => new VirtioBlock(`${id}.block`, disk, options),
  network: (id: string, link: Link, options: NetOptions) => new VirtioNet(`${id}.network`, link, options),
  entropy: (id: string, seed: number) => new VirtioEntropy(`${id}.entropy`, seed),
  balloon: (id: string, host: BalloonHost, options: BalloonOptions) => new VirtioBalloon(`${id}.balloon`, host, options),
} as const;
