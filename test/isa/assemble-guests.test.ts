/** The guests against NASM, where it is installed: they change too often to keep golden bytes of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { hasNasm, nasm } from './nasm-golden.ts';

const guests = readdirSync('guests', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.asm'));

test.runIf(hasNasm()).each(guests)('%s assembles to the bytes that NASM makes', (path) => {
  const folders = [join('guests', path, '..'), join('guests', 'lib')];
  const include = (name: string) => {
    const file = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    return file === undefined ? null : readFileSync(file, 'utf8');
  };
  const source = readFileSync(join('guests', path), 'utf8');
  const golden = nasm(source, folders);
  expect(golden.messages).toBe('');
  expect(Buffer.from(assemble(source, { include }).bytes).toString('hex')).toBe(golden.bytes.toString('hex'));
});
