/** What is asked of the hypervisor from outside. A command waits in its bytes until it is in root operation, which it is at the end of a slice at the latest; so the
 *  same command at the same tick has the same effect, whatever the guest was doing. */
import { FACES } from './vm-layout.ts';
import { COMMAND_CAPACITY, COMMAND_WORDS } from './vm-layout.ts';
import { setTarget } from './overcommit.ts';
import type { Vmm } from './vmm.ts';

/** One command: `vm` is the number of its place, `at` the tick from which on it is to be done; left out: at once. */
export type Command = { readonly at?: number } & (
  | {
      readonly do: 'create';
      readonly image: number;
      readonly ramMiB: number;
      readonly face?: string;
      readonly weight?: number;
      readonly cap?: number;
      readonly isMergeable?: boolean;
      /** Number of what its disk begins with; left out: it has none. */
      readonly disk?: number;
    }
  | { readonly do: 'pause' | 'resume' | 'destroy'; readonly vm: number }
  | { readonly do: 'share'; readonly vm: number; readonly weight: number; readonly cap: number }
  | { readonly do: 'balloon'; readonly vm: number; readonly pages: number }
  /** Newer statistics of its memory; which of its pages are free. */
  | { readonly do: 'stats' | 'hint'; readonly vm: number }
  | { readonly do: 'merge' }
  /** Characters for its serial line: no matter of the hypervisor's, and taken at once. */
  | { readonly do: 'type'; readonly vm: number; readonly text: string }
);

const NAMES = ['create', 'pause', 'resume', 'destroy', 'share', 'balloon', 'stats', 'hint', 'merge'] as const;
type Words = readonly number[];

const MIB_PAGES = 256;
const MOST_MIB = 512;
const MOST_WEIGHT = 65_536;

/** Checks a command from outside (any JSON value) against `vmm`, and encodes it: COMMAND_WORDS words, then its tick. A string says what is wrong with it. */
export function encodeCommand(vmm: Vmm, value: unknown): number[] | string {
  if (typeof value !== 'object' || value === null) return 'the command is not an object';
  const command = value as Readonly<Record<string, unknown>>;
  const name = NAMES.indexOf(command['do'] as (typeof NAMES)[number]);
  if (name < 0) return `there is no command ${JSON.stringify(command['do'])}; known are ${NAMES.join(', ')}`;
  const fields = FIELDS[NAMES[name]];
  const words = [name];
  for (const [key, least, most, fallback] of fields(vmm)) {
    const given = key === 'face' ? FACES.indexOf((command[key] ?? 'none') as (typeof FACES)[number]) : Number(command[key] ?? fallback);
    if (!Number.isInteger(given) || given < least || given > most) {
      return `${key} is ${JSON.stringify(command[key])}, not a whole number from ${least} to ${most}`;
    }
    words.push(given);
  }
  const at = command['at'] ?? 0;
  if (typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) return `at is ${JSON.stringify(at)}, not a tick`;
  return [...words, ...Array.from({ length: COMMAND_WORDS - words.length }, () => 0), at];
}

type FieldRange = readonly [key: string, least: number, most: number, fallback?: number];

const place = (vmm: Vmm): FieldRange => ['vm', 0, vmm.vms.length - 1];
const weight: FieldRange = ['weight', 1, MOST_WEIGHT, 256];
const cap: FieldRange = ['cap', 0, 100, 0];

const FIELDS: Readonly<Record<(typeof NAMES)[number], (vmm: Vmm) => readonly FieldRange[]>> = {
  create: (vmm) => [
    ['image', 0, vmm.config.images.length - 1, 0],
    ['ramMiB', 1, MOST_MIB, 1],
    ['face', 0, FACES.length - 1, 0],
    weight,
    cap,
    ['isMergeable', 0, 1, 0],
    // -1: no disk.
    ['disk', -1, vmm.config.disks.length - 1, -1],
  ],
  pause: (vmm) => [place(vmm)],
  resume: (vmm) => [place(vmm)],
  destroy: (vmm) => [place(vmm)],
  share: (vmm) => [place(vmm), weight, cap],
  balloon: (vmm) => [place(vmm), ['pages', 0, MOST_MIB * MIB_PAGES]],
  stats: (vmm) => [place(vmm)],
  hint: (vmm) => [place(vmm)],
  merge: () => [],
};

/** Whether `value` is to be typed, and to whom. A string says what is wrong with it; null: it is another command. */
export function readTyping(vmm: Vmm, value: unknown): { vm: number; bytes: Uint8Array } | string | null {
  const command = value as Readonly<Record<string, unknown>> | null;
  if (command?.['do'] !== 'type') return null;
  const vm = Number(command['vm']);
  const place = vmm.vms[vm];
  const text = command['text'];
  if (place === undefined) return `vm is ${JSON.stringify(command['vm'])}, not a whole number from 0 to ${vmm.vms.length - 1}`;
  if (place.status === 'empty') return `there is no virtual machine ${vm}`;
  if (typeof text !== 'string') return 'text is not a string';
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const room = place.devices.uart.inputRoom();
  return bytes.length <= room ? { vm, bytes } : `${bytes.length} characters do not fit: the serial line holds ${room} more`;
}

/** Puts an encoded command into the queue; false: it is full. */
export function enqueue({ state }: Vmm, words: Words): boolean {
  if (state.commandCount === COMMAND_CAPACITY) return false;
  const at = (state.commandHead + state.commandCount) % COMMAND_CAPACITY;
  for (let i = 0; i < COMMAND_WORDS; i++) state.commands.set(at * COMMAND_WORDS + i, words[i]);
  state.commandTimes.set(at, words[COMMAND_WORDS]);
  state.commandCount++;
  return true;
}

/** Tick of the earliest command that waits; Infinity: none does. */
export function nextCommandAt({ state }: Vmm): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < state.commandCount; i++) {
    earliest = Math.min(earliest, state.commandTimes.at((state.commandHead + i) % COMMAND_CAPACITY));
  }
  return earliest;
}

/** Does what waits and whose time has come, in the order in which it was asked. Called in root operation. */
export function takeCommands(vmm: Vmm): void {
  const { state } = vmm;
  const now = vmm.root.now();
  if (nextCommandAt(vmm) > now) return;
  const all = Array.from({ length: state.commandCount }, (_, i) => wordsAt(vmm, (state.commandHead + i) % COMMAND_CAPACITY));
  state.commandCount = 0;
  for (const words of all) {
    if (words[COMMAND_WORDS] > now) enqueue(vmm, words);
    else obey(vmm, words.slice(0, COMMAND_WORDS));
  }
}

function wordsAt({ state }: Vmm, at: number): Words {
  const words = Array.from({ length: COMMAND_WORDS }, (_, i) => state.commands.at(at * COMMAND_WORDS + i));
  return [...words, state.commandTimes.at(at)];
}

function obey(vmm: Vmm, [name, first, ...rest]: Words): void {
  const kind = NAMES[name];
  if (kind === 'merge') vmm.merge();
  else if (kind === 'create') {
    const [ramMiB, face, weightGiven, capGiven, isMergeable, disk] = rest;
    const spec = { image: first, ramPages: ramMiB * MIB_PAGES, face: FACES[face], weight: Math.max(1, weightGiven), cap: capGiven };
    vmm.create({ ...spec, isMergeable: isMergeable !== 0, disk });
  } else {
    const vm = vmm.vms[first];
    if (vm === undefined || vm.status === 'empty') return;
    if (kind === 'pause') vmm.pause(vm);
    else if (kind === 'resume') vmm.resume(vm);
    else if (kind === 'destroy') vmm.destroy(vm);
    else if (kind === 'balloon') setTarget(vm, rest[0]);
    else if (kind === 'stats') vm.devices.balloon?.requestStats();
    else if (kind === 'hint') vm.devices.balloon?.startHinting();
    else if (kind === 'share') [vm.state.weight, vm.state.cap] = [Math.max(1, rest[0]), rest[1]];
  }
}
