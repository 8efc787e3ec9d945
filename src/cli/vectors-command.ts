import { gunzipSync } from 'node:zlib';
import { GlassError } from '../base/errors.ts';
import { type Command, type Io, parseArguments } from './command.ts';
import { runVectors } from './vectors.ts';

/** `vectors FILE...`. */
export const VECTORS: Command = {
  name: 'vectors',
  usage: 'FILE...',
  summary: 'Runs instruction vectors (JSON lines, also gzipped) and prints the first mismatches in full.',
  options: ['status: 1 if any failed, 2 for a file that has none or is none'],
  async run(args, io) {
    const { words } = parseArguments(args, {});
    if (words.length === 0) throw new GlassError('bad-usage', 'vectors needs at least one file.', 'Write glassvisor vectors FILE.');
    let [passed, failed] = [0, 0];
    for (const name of words) {
      const result = await runVectors(linesIn(read(name, io)), { name, report: (text) => io.out(`${text}\n`) });
      if (result.passed + result.failed === 0)
        throw new GlassError('bad-vector', `${name} has no vectors in it.`, 'Each line of it must be one.');
      passed += result.passed;
      failed += result.failed;
    }
    io.out(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  },
};

function read(name: string, io: Io): Uint8Array {
  const bytes = io.readFile(name);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    throw new GlassError('bad-vector', `${name} begins like a gzip file and cannot be unpacked.`, 'Fetch or pack it again.');
  }
}

/** Line by line: a file may be larger than the longest string. */
function* linesIn(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    yield decoder.decode(bytes.subarray(from, to));
    from = to + 1;
  }
}
