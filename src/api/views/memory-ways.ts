/** From an address of any space to host memory, page by page, by the tables as they are now. */
import type { Bus } from '../../memory/bus.ts';
import { EptWalker } from '../../memory/ept-walk.ts';
import { OK, PROBE, TableMemory } from '../../memory/tables.ts';
import { type PagingContext, type Walker, walkerIn } from '../../memory/walk.ts';

const PAGE = 4096;

/** Bytes within one page. */
export interface PageWay {
  /** In the space asked for. */
  readonly address: number;
  readonly length: number;
  /** Null in another space. */
  readonly linear: number | null;
  /** Null where it is not known or not in use. */
  readonly physical: number | null;
  readonly host: number | null;
}

/** The ways of one context. Pages are looked up once. */
export class Ways {
  private readonly walker: Walker;
  private readonly ept: EptWalker | null;
  private readonly isFlat: boolean;
  private readonly known = new Map<number, { readonly physical: number | null; readonly host: number | null }>();

  constructor(bus: Bus, context: PagingContext) {
    const memory = new TableMemory(bus, 'forget');
    this.walker = walkerIn(memory, context);
    this.ept = context.isNested ? new EptWalker(memory) : null;
    this.ept?.setRoot(context.eptpLow, context.eptpHigh);
    this.isFlat = !context.isNested;
  }

  /** `length` bytes from `address` on. Without an EPT a guest-physical address is the host's. */
  pages(space: 'v' | 'g' | 'h', address: number, length: number): readonly PageWay[] {
    const ways: PageWay[] = [];
    for (let at = address; at < address + length; ) {
      const size = Math.min(address + length - at, PAGE - (at % PAGE));
      ways.push({ address: at, length: size, ...this.wayOf(space, at) });
      at += size;
    }
    return ways;
  }

  /** Where bytes at a linear or host address lie in host memory. */
  hostPieces({ space, address, length }: { readonly space: 'v' | 'h'; readonly address: number; readonly length: number }): readonly {
    readonly host: number;
    readonly offset: number;
    readonly length: number;
  }[] {
    if (space === 'h') return [{ host: address, offset: 0, length }];
    return this.pages('v', address, length).flatMap((page) =>
      page.host === null ? [] : [{ host: page.host, offset: page.address - address, length: page.length }],
    );
  }

  private wayOf(space: 'v' | 'g' | 'h', address: number): Pick<PageWay, 'linear' | 'physical' | 'host'> {
    if (space === 'h') return { linear: null, physical: null, host: address };
    if (space === 'g') return { linear: null, physical: address, host: this.isFlat ? address : this.throughEpt(address) };
    const page = address - (address % PAGE);
    const within = address % PAGE;
    let found = this.known.get(page);
    if (!found) {
      const isMapped = this.walker.walk(page | 0, PROBE, false) === OK;
      found = isMapped ? { physical: this.walker.physical >>> 0, host: this.walker.page * PAGE } : { physical: null, host: null };
      this.known.set(page, found);
    }
    const { physical, host } = found;
    return {
      linear: address,
      physical: physical === null || this.isFlat ? null : physical + within,
      host: host === null ? null : host + within,
    };
  }

  private throughEpt(physical: number): number | null {
    const { ept } = this;
    return ept && ept.walk(physical | 0, PROBE) === OK && ept.rights !== 0 ? ept.page * PAGE + (physical % PAGE) : null;
  }
}
