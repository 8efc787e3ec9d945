/** What Why says of devices and buses, for a machine that has some: in the element's builds this file stands in place of ui/why/{buses,devices,stops}.ts, and brings those
 *  when a machine wants them (scripts/build-embed.mjs). */
import type * as buses from '../ui/why/buses.ts';
import type * as devices from '../ui/why/devices.ts';
import type * as stops from '../ui/why/stops.ts';

let known: (typeof buses & typeof devices & typeof stops) | null = null;

/** Resolves when what devices do can be told. */
export async function bringDeviceStories(): Promise<void> {
  const [aboutBuses, aboutDevices, aboutStops] = await Promise.all([
    import('../ui/why/buses.ts'),
    import('../ui/why/devices.ts'),
    import('../ui/why/stops.ts'),
    import('./late-words.ts'),
  ]);
  known = { ...aboutBuses, ...aboutDevices, ...aboutStops };
}

export const busHappening: typeof buses.busHappening = (...args) => known?.busHappening(...args) ?? null;
export const deviceActs: typeof devices.deviceActs = (...args) => known?.deviceActs(...args) ?? [];
/** With nothing known, nothing follows. */
export const followedBy: typeof devices.followedBy = (first, acts) => known?.followedBy(first, acts) ?? first;
/** An element has no stops of devices and fields but those of a machine that has devices. */
export const atStop: typeof stops.atStop = (frame, sentence) => known?.atStop(frame, sentence) ?? sentence;

/** Asked only of what busHappening has found. */
export const busSentence: typeof buses.busSentence = (...args) => stories().busSentence(...args);
export const busSource: typeof buses.busSource = (...args) => stories().busSource(...args);

function stories(): NonNullable<typeof known> {
  if (!known) throw new Error('invariant broken: a happening on a bus is told by who found it');
  return known;
}
