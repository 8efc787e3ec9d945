/** The reader's stops: what each is, which of them are in force, and those that hold for one run alone. */
import type { Breakpoints, DeviceEvent, Stop, Watchpoint } from '../api/protocol.ts';
import type { Session } from './session.ts';
import type { View } from './store.ts';

/** Where a run stops. */
export type ReadersStop =
  | { readonly kind: 'code'; readonly linear: number }
  | { readonly kind: 'data'; readonly point: Watchpoint }
  | { readonly kind: 'field'; readonly encoding: number }
  | { readonly kind: 'event'; readonly event: DeviceEvent }
  | { readonly kind: 'exit'; readonly reason: number };

type Chosen = Pick<View, 'breakpoints' | 'stopReasons' | 'watchpoints' | 'fieldStops' | 'eventStops'>;

/** All that the reader has set, in the order of the list. */
export function stopsOf(view: Chosen): readonly ReadersStop[] {
  return [
    ...view.breakpoints.map((linear) => ({ kind: 'code', linear }) as const),
    ...view.watchpoints.map((point) => ({ kind: 'data', point }) as const),
    ...view.fieldStops.map((encoding) => ({ kind: 'field', encoding }) as const),
    ...view.eventStops.map((event) => ({ kind: 'event', event }) as const),
    ...view.stopReasons.map((reason) => ({ kind: 'exit', reason }) as const),
  ];
}

/** What a stop is known by while it is switched off. */
export function keyOf(stop: ReadersStop): string {
  return JSON.stringify(stop);
}

/** `view` without this stop. */
export function without(view: Chosen, stop: ReadersStop): Partial<Chosen> {
  switch (stop.kind) {
    case 'code':
      return { breakpoints: view.breakpoints.filter((linear) => linear !== stop.linear) };
    case 'data':
      return { watchpoints: view.watchpoints.filter((point) => point !== stop.point) };
    case 'field':
      return { fieldStops: view.fieldStops.filter((encoding) => encoding !== stop.encoding) };
    case 'event':
      return { eventStops: view.eventStops.filter((event) => event !== stop.event) };
    case 'exit':
      return { stopReasons: view.stopReasons.filter((reason) => reason !== stop.reason) };
  }
}

/** The stops that are switched on, as a host takes them. */
export function inForce(view: Chosen & Pick<View, 'stopsOff'>): Required<Breakpoints> {
  const on = stopsOf(view).filter((stop) => !view.stopsOff.includes(keyOf(stop)));
  return {
    code: on.flatMap((stop) => (stop.kind === 'code' ? [stop.linear] : [])),
    exitReasons: on.flatMap((stop) => (stop.kind === 'exit' ? [stop.reason] : [])),
    data: on.flatMap((stop) => (stop.kind === 'data' ? [stop.point] : [])),
    fields: on.flatMap((stop) => (stop.kind === 'field' ? [stop.encoding] : [])),
    events: on.flatMap((stop) => (stop.kind === 'event' ? [stop.event] : [])),
  };
}

/** Those of the stops switched off that are still there. */
export function offIn(view: Chosen & Pick<View, 'stopsOff'>): readonly string[] {
  const keys = stopsOf(view).map(keyOf);
  return view.stopsOff.filter((key) => keys.includes(key));
}

/** Puts `item` into the list, or takes it out. */
export function toggled(list: readonly number[], item: number): readonly number[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

/** Where a run is to end, this once. */
export type Goal =
  | { readonly to: 'tick'; readonly tick: number }
  | { readonly to: 'address'; readonly linear: number }
  | { readonly to: 'exit'; readonly reason: number };

/** Goes there; whatever else the reader stops at stops it too. What is recorded is gone to at once. */
export function runTo(session: Session, goal: Goal): Promise<unknown> {
  const { view, frame } = session.store.state;
  if (goal.to === 'tick') {
    if (goal.tick <= (frame?.endTick ?? 0)) return session.seek(goal.tick);
    return session.try((host) => host.run(view.speed, goal.tick));
  }
  const stops = inForce(view);
  const once =
    goal.to === 'address'
      ? { ...stops, code: [...stops.code, goal.linear] }
      : { ...stops, exitReasons: [...stops.exitReasons, goal.reason] };
  return session.stoppingAt(once, (host): Promise<Stop> => host.run(view.speed));
}
