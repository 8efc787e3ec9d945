import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GlassError } from '../../src/base/errors.ts';
import { main } from '../../src/cli/main.ts';

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly written: ReadonlyMap<string, Uint8Array>;
}

const bytes = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data);

/** Runs the command over files that exist only here. */
async function glassvisor(words: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Outcome> {
  let [out, err] = ['', ''];
  const written = new Map<string, Uint8Array>();
  const status = await main(words.split(' ').filter(Boolean), {
    out: (data) => {
      out += new TextDecoder('latin1').decode(bytes(data));
    },
    err: (line) => {
      err += `${line}\n`;
    },
    readFile: (path) => {
      if (Object.hasOwn(files, path)) return bytes(files[path]);
      throw new GlassError('no-file', `${path} cannot be read: there is no such file.`);
    },
    writeFile: (path, data) => {
      written.set(path, bytes(data));
    },
    appendFile: (path, data) => {
      written.set(path, Uint8Array.of(...(written.get(path) ?? []), ...bytes(data)));
    },
  });
  return { status, out, err, written };
}

const HALT = 'org 0x7C00\nbits 16\nmov al, "k"\nout 0xE9, al\ncli\nhlt\ntimes 510 - ($ - $$) db 0\ndw 0xAA55\n';
const DEBUG_EXIT = 'bits 32\norg 0x10000\nmov al, 3\nout 0xF4, al\nhlt\n';
const TRIPLE_FAULT = 'bits 32\norg 0x10000\nlidt [nothing]\nud2\nnothing: dw 0\ndd 0\n';
const FOR_EVER = 'bits 32\norg 0x10000\nagain: jmp again\n';

describe('glassvisor run', () => {
  it('writes the console to standard output and ends with 0 on a halt', async () => {
    const { status, out, err } = await glassvisor('run hello');
    expect({ status, out, err }).toEqual({ status: 0, out: 'Hello from real machine code.\n', err: '' });
  });

  it('ends with the status of the debug exit, with 3 on a triple fault, with 4 when the instructions are used up', async () => {
    expect((await glassvisor('run a.asm', { 'a.asm': DEBUG_EXIT })).status).toBe((3 << 1) | 1);
    expect((await glassvisor('run a.asm', { 'a.asm': TRIPLE_FAULT })).status).toBe(3);
    expect((await glassvisor('run a.asm --max-instructions 1000', { 'a.asm': FOR_EVER })).status).toBe(4);
  });

  it('prints one object with --json', async () => {
    const { status, out } = await glassvisor('run first-exit --json');
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(status).toBe(0);
    expect(report).toMatchObject({ stop: 'halt', exitCode: null, exits: { 10: 1, 12: 1 } });
    expect(report['console']).toMatch(/^root: VMLAUNCH\n/);
    expect(report['instructions']).toBeGreaterThan(1000);
    expect(report['hash']).toMatch(/^[0-9a-f]{16}$/);
    expect(report['registers']).toMatchObject({ CR0: 0x80000031, CR4: 0x2010 });
  });

  it('writes each VM exit as a line of JSON with --exits', async () => {
    const { written } = await glassvisor('run first-exit --exits e.jsonl');
    const lines = new TextDecoder().decode(written.get('e.jsonl')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { reason: number }).reason)).toEqual([10, 12]);
  });

  it('saves the last moment, from which it can be run again', async () => {
    const { written } = await glassvisor('run a.asm --max-instructions 500 --save m.glass', { 'a.asm': FOR_EVER });
    const saved = written.get('m.glass') ?? new Uint8Array();
    const { status, err } = await glassvisor('run m.glass --max-instructions 100', { 'm.glass': saved });
    expect({ status, isUnknown: /no such|bad/.test(err) }).toEqual({ status: 4, isUnknown: false });
  });

  it('hands --input to COM1', async () => {
    const echo =
      'bits 32\norg 0x10000\nmov dx, 0x3FD\nwait_byte: in al, dx\ntest al, 1\njz wait_byte\nmov dx, 0x3F8\nin al, dx\nout 0xE9, al\ncli\nhlt\n';
    expect((await glassvisor('run a.asm --input Z', { 'a.asm': echo })).out).toBe('Z');
  });
});

describe('bad usage and bad input', () => {
  it.each([
    ['', {}, /glassvisor/],
    ['fly', {}, /no command "fly"/],
    ['run', {}, /one guest or file/],
    ['run nowhere.bin', {}, /nowhere\.bin cannot be read/],
    ['run hello --ram 0', {}, /ramMiB is 0/],
    ['run hello --colour red', {}, /no option --colour/],
    ['run hello --max-instructions many', {}, /"many"/],
    ['run hello --tier warp', {}, /--tier is "warp"/],
    ['run hello --format elf', {}, /built-in guest/],
    ['run a.elf --format elf', { 'a.elf': 'not an ELF file, but long enough to be looked at for one' }, /a\.elf/],
    ['run a.bin', { 'a.bin': '' }, /empty/],
    ['run a.glass', { 'a.glass': 'GLASS\r\n\x1aand no more' }, /./],
    ['asm a.asm', { 'a.asm': 'mov eax,\n' }, /1/],
    ['asm a.asm -o', {}, /-o needs a value/],
    ['disasm', {}, /disasm needs/],
    ['vectors a.jsonl', { 'a.jsonl': 'not json' }, /a\.jsonl, line 1/],
  ] as const)('glassvisor %s: a sentence, and status 2', async (words, files, sentence) => {
    const { status, out, err } = await glassvisor(words, files);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/ at .*\.ts:/);
  });
});

describe('the other verbs', () => {
  it('asm assembles to a file, or lists', async () => {
    const { written, status } = await glassvisor('asm a.asm -o a.bin', { 'a.asm': HALT });
    expect(status).toBe(0);
    expect([...(written.get('a.bin') ?? [])].slice(0, 6)).toEqual([0xb0, 0x6b, 0xe6, 0xe9, 0xfa, 0xf4]);
    expect((await glassvisor('asm a.asm --listing', { 'a.asm': HALT })).out).toMatch(/7C00.*B06B.*mov al, "k"/i);
    expect((await glassvisor('run a.bin', { 'a.bin': written.get('a.bin') ?? '' })).out).toBe('k');
  });

  it('disasm takes digits or a file, and explains', async () => {
    expect((await glassvisor('disasm 89 d8')).out).toMatch(/mov\s+eax, ebx/);
    expect((await glassvisor('disasm a.bin --bits 16 --org 0x7C00', { 'a.bin': Uint8Array.of(0x89, 0xd8) })).out).toMatch(
      /7C00.*mov\s+ax, bx/,
    );
    expect((await glassvisor('disasm 010e --explain')).out).toMatch(/\[esi\][\s\S]*OSZAPC/);
  });

  it('guests lists the catalogue, as text and as JSON', async () => {
    expect((await glassvisor('guests')).out).toMatch(/^first-exit\s+The first VM exit$/m);
    expect((JSON.parse((await glassvisor('guests --json')).out) as { id: string }[]).map((g) => g.id)).toContain('stale-tlb');
  });

  it('vectors counts what passed and failed, gzipped or not', async () => {
    const vector = (R: object): string => JSON.stringify({ n: 'inc', b: '40', r: [1, 0, 0, 0, 0x20000f00, 0, 0, 0, 2], m: 1, R, M: {} });
    const good = vector({ 0: 2 });
    const bad = vector({ 0: 3 });
    expect(await glassvisor('vectors v', { v: `${good}\n` })).toMatchObject({ status: 0, out: '1 passed, 0 failed\n' });
    const { status, out } = await glassvisor('vectors v.gz', { 'v.gz': gzipSync(`${good}\n${bad}\n`) });
    expect(status).toBe(1);
    expect(out).toMatch(/line 2: inc 40[\s\S]*1 passed, 1 failed\n$/);
  });

  it('verify compares one history travelled in many ways', async () => {
    expect(await glassvisor('verify hello --seed 7')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d\d+ passed, 0 failed\n$/) as string,
    });
  });
});
