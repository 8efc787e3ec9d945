/** What the fuzzer knows of each model: the buffers it likes, and what happens to it from outside. */
import type { Fuzzer } from './fuzzer.ts';
import type { ModelName, MODELS } from './rig.ts';

/** What a good buffer looks like: to write, to read, a block request, or nobody cares. */
export type Shape = 'in' | 'out' | 'request' | 'any';

export const SHAPES: { readonly [N in ModelName]: (queue: number, fuzzer: Fuzzer) => Shape } = {
  console: (queue) => (queue % 2 === 0 ? 'in' : 'out'),
  block: () => 'request',
  network: (queue) => (queue === 0 ? 'in' : 'out'),
  entropy: () => 'in',
  balloon: (queue, fuzzer) => (queue < 3 ? 'out' : queue === 4 ? 'in' : fuzzer.pick(['in', 'out'] as const)),
};

/** The driver gives it buffers to be filled when something comes in. */
export function isReceive(name: ModelName, index: number): boolean {
  return (name === 'console' && index % 2 === 0) || (name === 'network' && index === 0);
}

type Models = { readonly [N in ModelName]: ReturnType<(typeof MODELS)[N]> };

/** What happens to a device from outside. */
export const OUTSIDE: { readonly [N in ModelName]: (model: Models[N], fuzzer: Fuzzer) => void } = {
  console: (model, f) => {
    if (f.next() % 8 === 0) model.resize(f.below(300), f.below(100));
    else model.input(f.below(2), new Uint8Array(f.below(40)).fill(f.next()));
  },
  block: () => {},
  network: (model, f) => {
    if (f.next() % 16 === 0) model.setLink(f.next() % 4 !== 0);
    else model.receive(new Uint8Array(14 + f.below(1500)).fill(f.next()));
  },
  entropy: () => {},
  balloon: (model, f) => {
    const acts = [
      () => model.setTarget(f.next()),
      () => model.requestStats(),
      () => model.startHinting(),
      () => model.stopHinting(f.next() % 2 === 0),
    ];
    f.pick(acts)();
  },
};
