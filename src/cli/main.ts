/** The `glassvisor` command. Statuses: what the verb gives, 2 for bad usage or bad input, 70 for a broken invariant of ours. */
import { appendFileSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { version } from '../../package.json';
import { GlassError } from '../base/errors.ts';
import { ASM } from './asm.ts';
import { type Command, type Io, MISSING_FILE } from './command.ts';
import { DISASM } from './disasm.ts';
import { explainError } from './errors.ts';
import { GUESTS_COMMAND } from './guests.ts';
import { LESSON } from './lesson.ts';
import { RUN } from './run.ts';
import { VECTORS } from './vectors-command.ts';
import { VERIFY } from './verify.ts';

/** Status after a broken invariant. */
const OUR_FAULT = 70;

const COMMANDS: readonly Command[] = [RUN, ASM, DISASM, GUESTS_COMMAND, LESSON, VECTORS, VERIFY];

const NODE_IO: Io = {
  out: (data) => writeAll(1, typeof data === 'string' ? Buffer.from(data) : data),
  err: (line) => writeAll(2, Buffer.from(`${line}\n`)),
  readFile: (path) => {
    try {
      // Not Node's Buffer, whose slice is no copy.
      return new Uint8Array(readFileSync(path));
    } catch (error) {
      throw fileError(error, path, 'read');
    }
  },
  writeFile: (path, data) => {
    try {
      writeFileSync(path, data);
    } catch (error) {
      throw fileError(error, path, 'written');
    }
  },
  appendFile: (path, data) => {
    try {
      appendFileSync(path, data);
    } catch (error) {
      throw fileError(error, path, 'written');
    }
  },
};

/** Runs `argv` (without node and script) and resolves to the exit status. */
export async function main(argv: readonly string[], io: Io = NODE_IO): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.err(help());
    return 2;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    io.out(`${help(rest[0])}\n`);
    return 0;
  }
  if (name === '--version' || name === '-V') {
    io.out(`glassvisor ${version}\n`);
    return 0;
  }
  const command = COMMANDS.find((c) => c.name === name);
  try {
    if (!command)
      throw new GlassError('bad-usage', `There is no command "${name}".`, `Commands: ${COMMANDS.map((c) => c.name).join(', ')}, help.`);
    if (rest.includes('--help') || rest.includes('-h')) {
      io.out(`${help(name)}\n`);
      return 0;
    }
    return await command.run(rest, io);
  } catch (error) {
    for (const line of explainError(error)) io.err(line);
    return error instanceof GlassError ? 2 : OUR_FAULT;
  }
}

function help(name?: string): string {
  const one = COMMANDS.find((c) => c.name === name);
  if (one) return [`glassvisor ${one.name} ${one.usage}`, `  ${one.summary}`, ...one.options.map((line) => `  ${line}`)].join('\n');
  const width = Math.max(...COMMANDS.map((c) => c.name.length));
  return [
    'glassvisor: an IA-32 computer with VT-x, without its page.',
    ...COMMANDS.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`),
    `  ${'help'.padEnd(width)}  help COMMAND: its options; --version: which Glassvisor this is.`,
    'In a clone: npm run -s glassvisor -- COMMAND ...',
  ].join('\n');
}

/** Pipes take what they can at a time: write until all is gone; a reader that closed early ends us quietly. */
function writeAll(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(fd, data, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

function fileError(error: unknown, path: string, verb: string): GlassError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const why =
    { ENOENT: 'there is no such file', EISDIR: 'it is a directory', EACCES: 'permission is denied', ENOSPC: 'the disk is full' }[code] ??
    code;
  return new GlassError(code === 'ENOENT' ? MISSING_FILE : 'no-file', `${path} cannot be ${verb}: ${why}.`);
}
