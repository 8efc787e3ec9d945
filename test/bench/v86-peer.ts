import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Milliseconds that v86 takes between the ROM's 'S' and 'E', its JIT off: the peer for our reference interpreter. */
export async function runOnV86(rom: Uint8Array): Promise<number> {
  const build = join(dirname(createRequire(import.meta.url).resolve('v86/package.json')), 'build');
  const { V86 } = (await import(/* @vite-ignore */ pathToFileURL(join(build, 'libv86.mjs')).href)) as {
    V86: new (options: object) => V86Machine;
  };
  const machine = new V86({
    wasm_path: join(build, 'v86.wasm'),
    bios: { buffer: rom.buffer },
    memory_size: 16 * 1024 * 1024,
    disable_jit: true,
    autostart: true,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
  });
  const elapsedMs = await new Promise<number>((resolve) => {
    let start = 0;
    machine.add_listener('serial0-output-byte', (byte) => {
      if (byte === 0x53) start = performance.now();
      if (byte === 0x45) resolve(performance.now() - start);
    });
  });
  await machine.destroy();
  return elapsedMs;
}

interface V86Machine {
  add_listener(event: 'serial0-output-byte', listener: (byte: number) => void): void;
  destroy(): Promise<void>;
}
