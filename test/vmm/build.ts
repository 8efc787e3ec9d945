/** Hosted machines for tests: virtual machines from assembly. */
import { NON_ROOT } from '../../src/arch/cpu-state.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { type MachineConfig, readMachineConfig } from '../../src/machine/config.ts';
import { HostedMachine } from '../../src/machine/hosted.ts';
import type { ImageFile } from '../../src/machine/images/image.ts';

/** Assembled guests as images: flat, in protected mode at 0x10000, with 1 MiB, where nothing else is said. */
export function image(source: string, options: Partial<ImageFile> = {}, ramMiB = 1): { file: ImageFile; ramMiB: number } {
  const bits = options.mode === 'real' ? 16 : 32;
  const load = options.load ?? 0x10000;
  const { bytes } = assemble(source, { file: 'test.asm', bits, org: load });
  return { file: { name: 'test', bytes, load, mode: 'protected', ...options }, ramMiB };
}

/** A host with one image for each source, and no virtual machine yet. */
export function host(
  sources: readonly (string | { file: ImageFile; ramMiB: number })[],
  config: Partial<MachineConfig> = {},
  places = 4,
): HostedMachine {
  const images = sources.map((source) => (typeof source === 'string' ? image(source) : source));
  return new HostedMachine({ machine: readMachineConfig({ ramMiB: 4, ...config }), images, places });
}

/** One virtual machine with `source`, run for `ticks`. */
export function run(source: string | { file: ImageFile; ramMiB: number }, ticks = 200_000): HostedMachine {
  const hosted = host([source]);
  hosted.vmm.create({ image: 0, ramPages: 256 });
  hosted.machine.run(ticks);
  return hosted;
}

/** Runs on until the hypervisor is in root operation, with no more than a slice of a guest between. */
export function toRoot({ machine }: HostedMachine): void {
  while (machine.cpu.words[NON_ROOT] !== 0) machine.run(machine.now() + 1);
}

export function text(hosted: HostedMachine, vm = 0): string {
  return new TextDecoder('latin1').decode(hosted.consoles[vm].read().bytes);
}

/** Writes the characters of `letters` to the debug console. */
export function say(letters: string): string {
  return [...letters].map((c) => `mov al, ${c.charCodeAt(0)}\nout 0xE9, al`).join('\n');
}
