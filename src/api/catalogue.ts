/** The guests that a host knows: handed in from above, for the catalogue itself is content. */
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
  readonly expected: { readonly console: string };
  readonly look?: number;
}

export interface Catalogue {
  readonly guests: readonly CatalogueGuest[];
  /** Text behind `%include "name"`. */
  readonly includes: Readonly<Record<string, string>>;
}

export const EMPTY_CATALOGUE: Catalogue = { guests: [], includes: {} };

export function summaryOf({ id, title, prose, level, source }: CatalogueGuest): GuestSummary {
  return { id, title, prose, level, lines: source.trimEnd().split('\n').length };
}
