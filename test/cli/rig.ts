import { GlassError } from '../../src/base/errors.ts';
import { type Io, MISSING_FILE } from '../../src/cli/command.ts';
import { main } from '../../src/cli/main.ts';

export interface Ran {
  readonly status: number;
  /** Standard output: its bytes, and the same as text. */
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Lines of standard error. */
  readonly errors: readonly string[];
  /** Files that there are now. */
  readonly files: Map<string, Uint8Array>;
}

/** Runs the command on files that are not there. */
export async function glassvisor(argv: readonly string[], given: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Ran> {
  const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data.slice());
  const files = new Map(Object.entries(given).map(([path, data]) => [path, bytesOf(data)]));
  const out: Uint8Array[] = [];
  const errors: string[] = [];
  const io: Io = {
    out: (data) => void out.push(bytesOf(data)),
    err: (line) => void errors.push(line),
    readFile: (path) => {
      const bytes = files.get(path.replaceAll('\\', '/'));
      if (!bytes) throw new GlassError(MISSING_FILE, `${path} cannot be read: there is no such file.`);
      return bytes.slice();
    },
    writeFile: (path, data) => void files.set(path, bytesOf(data)),
    appendFile: (path, data) => void files.set(path, Uint8Array.from([...(files.get(path) ?? []), ...bytesOf(data)])),
  };
  const status = await main(argv, io);
  const bytes = Uint8Array.from(out.flatMap((chunk) => [...chunk]));
  return { status, bytes, text: new TextDecoder().decode(bytes), errors, files };
}

/** The command failed with status 2, one sentence on standard error and nothing on standard output. */
export function isRefusal({ status, bytes, errors }: Ran): boolean {
  return status === 2 && bytes.length === 0 && errors.length === 1 && /^glassvisor: .*[.)]$/.test(errors[0]);
}
