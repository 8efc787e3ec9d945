/** What NASM makes of sources: for tests whose golden bytes are to be made anew. Needs `nasm` in the path. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `NASM_TABLE=write npx vitest run test/isa/assemble` makes all golden bytes anew. */
export const isWriting = process.env['NASM_TABLE'] === 'write';

/** Whether NASM is installed here. */
export function hasNasm(): boolean {
  try {
    execFileSync('nasm', ['-v'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** The bytes that `nasm -f bin` makes of `source`, or what it says against it. `folders` are searched for included files. */
export function nasm(source: string, folders: readonly string[] = []): { bytes: Buffer; messages: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nasm-'));
  const [input, output] = [join(folder, 'in.asm'), join(folder, 'out.bin')];
  try {
    writeFileSync(input, source);
    const includes = folders.flatMap((path) => ['-i', `${path}/`]);
    execFileSync('nasm', ['-f', 'bin', '-w-all', ...includes, '-o', output, input], { stdio: 'pipe', maxBuffer: 2 ** 28 });
    return { bytes: readFileSync(output), messages: '' };
  } catch (error) {
    return { bytes: Buffer.alloc(0), messages: String((error as { stderr?: Buffer }).stderr ?? error) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The bytes that NASM makes, as hexadecimal text. Throws what NASM says if it refuses. */
export function nasmHex(source: string): string {
  const { bytes, messages } = nasm(source);
  if (messages !== '') throw new Error(messages);
  return bytes.toString('hex');
}
