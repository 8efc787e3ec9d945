/** The guests that a host knows: handed in from above, for the catalogue itself is content. */
import type { DeviceSpec } from '../machine/config.ts';
import type { Command } from '../vmm/commands.ts';
import type { GuestSummary, Localised } from './protocol.ts';

export interface CatalogueGuest {
  readonly id: string;
  readonly title: Localised;
  readonly prose: Localised;
  readonly level: GuestSummary['level'];
  readonly source: string;
  readonly format: 'boot' | 'flat';
  readonly load: number;
  readonly entry?: number;
  readonly mode: 'real' | 'protected';
  readonly ramMiB: number;
  readonly tlb?: 'default' | 'teaching';
  readonly devices?: readonly DeviceSpec[];
  readonly hosted?: CatalogueHost;
  readonly expected: { readonly console: string };
  readonly look?: number;
  readonly scene?: Exclude<GuestSummary['scene'], null>;
}

/** Virtual machines of the hosted hypervisor. */
export interface CatalogueHost {
  readonly images: readonly {
    readonly name: string;
    readonly source: string;
    readonly load: number;
    readonly mode: 'real' | 'protected';
    readonly ramMiB: number;
  }[];
  /** What disks can begin with: text from sector 0 on. */
  readonly disks?: readonly string[];
  readonly places?: number;
  /** Given before the first tick, in order. */
  readonly commands: readonly Command[];
}

export interface Catalogue {
  readonly guests: readonly CatalogueGuest[];
  /** Text behind `%include "name"`. */
  readonly includes: Readonly<Record<string, string>>;
}

export const EMPTY_CATALOGUE: Catalogue = { guests: [], includes: {} };

export function summaryOf({ id, title, prose, level, source, hosted, scene }: CatalogueGuest): GuestSummary {
  const texts = hosted ? new Set(hosted.images.map((image) => image.source)) : [source];
  return {
    id,
    title,
    prose,
    level,
    scene: scene ?? null,
    lines: [...texts].reduce((sum, text) => sum + text.trimEnd().split('\n').length, 0),
  };
}
