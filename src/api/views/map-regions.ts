/** Runs of an address space by what lies there, and how they are laid over one another. Pure; starts and sizes in bytes, runs disjoint and ascending. */
import type { BusTarget } from '../../memory/bus.ts';
import type { FrameKind } from '../../vmm/frames.ts';

/** What lies in a run of memory: what answers there; what the hosted hypervisor uses the frame for; or what the processor or a device finds there. `unbacked`: memory
 *  of a virtual machine behind which there is no frame. */
export type Holder = BusTarget | FrameKind | 'unbacked' | 'ballooned' | 'program' | 'pageTables' | 'vmxon' | 'rings' | 'ioTables';

/** A run of one address space with what lies in it. */
export interface Region {
  readonly start: number;
  readonly size: number;
  readonly holder: Holder;
  /** The virtual machine whose it is; null: the machine's, or nobody's alone. */
  readonly vm: number | null;
  /** Mappings of virtual machines that lead to each of its frames; 1 but for `shared`. */
  readonly sharers: number;
}

/** A run of addresses that goes to a run of another space; `target` null: nowhere. */
export interface Way {
  readonly start: number;
  readonly size: number;
  readonly target: number | null;
}

/** A run with one holder, shared with nobody. */
export function region(start: number, size: number, holder: Holder, vm: number | null = null): Region {
  return { start, size, holder, vm, sharers: 1 };
}

/** The regions of all layers, a later one over an earlier one; neighbours that are alike are one. */
export function paint(layers: readonly (readonly Region[])[]): readonly Region[] {
  return joined(layers.reduce<readonly Region[]>((below, layer) => over(below, tidy(layer)), []));
}

/** What `ways` lead to, by the addresses from which they lead there. */
export function project(ways: readonly Way[], regions: readonly Region[]): readonly Region[] {
  const seen: Region[] = [];
  for (const { start, size, target } of ways) {
    if (target === null) continue;
    for (let i = firstPast(regions, target); i < regions.length && regions[i].start < target + size; i++) {
      const from = Math.max(regions[i].start, target);
      const end = Math.min(endOf(regions[i]), target + size);
      seen.push({ ...regions[i], start: start + from - target, size: end - from });
    }
  }
  return tidy(seen);
}

/** What of `ways`, by their addresses, `others` have not; both ascending and disjoint. */
export function without(ways: readonly Way[], others: readonly Way[]): readonly Way[] {
  const left: Way[] = [];
  for (const way of ways) {
    let at = way.start;
    for (let i = firstPast(others, at); i < others.length && others[i].start < endOf(way); i++) {
      if (others[i].start > at) left.push(cut(way, at, others[i].start));
      at = Math.max(at, endOf(others[i]));
    }
    if (at < endOf(way)) left.push(cut(way, at, endOf(way)));
  }
  return left;
}

function cut({ start, target }: Way, from: number, end: number): Way {
  return { start: from, size: end - from, target: target === null ? null : target + from - start };
}

function endOf({ start, size }: { readonly start: number; readonly size: number }): number {
  return start + size;
}

/** Place of the first region that ends behind `address`. */
function firstPast(regions: readonly { readonly start: number; readonly size: number }[], address: number): number {
  let [low, high] = [0, regions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(regions[middle]) > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Ascending and disjoint: of two that overlap, the later one of the list has the place. */
function tidy(regions: readonly Region[]): readonly Region[] {
  const isTidy = regions.every((r, i) => i === 0 || endOf(regions[i - 1]) <= r.start);
  if (isTidy) return regions;
  const sorted = regions.toSorted((a, b) => a.start - b.start);
  const isDisjoint = sorted.every((r, i) => i === 0 || endOf(sorted[i - 1]) <= r.start);
  return isDisjoint ? sorted : regions.reduce<readonly Region[]>((below, one) => over(below, [one]), []);
}

function over(below: readonly Region[], above: readonly Region[]): readonly Region[] {
  if (below.length === 0 || above.length === 0) return below.length === 0 ? above : below;
  const result: Region[] = [];
  let next = 0;
  for (const one of below) {
    let at = one.start;
    while (next < above.length && endOf(above[next]) <= at) result.push(above[next++]);
    while (next < above.length && above[next].start < endOf(one)) {
      const top = above[next];
      if (top.start > at) result.push({ ...one, start: at, size: top.start - at });
      at = endOf(top);
      if (at > endOf(one)) break;
      result.push(top);
      next++;
    }
    if (at < endOf(one)) result.push({ ...one, start: at, size: endOf(one) - at });
  }
  return [...result, ...above.slice(next)];
}

function joined(regions: readonly Region[]): readonly Region[] {
  const result: Region[] = [];
  for (const next of regions) {
    const last = result.at(-1);
    const isAlike =
      last && endOf(last) === next.start && last.holder === next.holder && last.vm === next.vm && last.sharers === next.sharers;
    if (isAlike) result[result.length - 1] = { ...last, size: last.size + next.size };
    else result.push(next);
  }
  return result;
}
