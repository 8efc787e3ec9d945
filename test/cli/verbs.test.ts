import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import { glassvisor, isRefusal } from './rig.ts';

describe('asm', () => {
  const source = 'bits 32\norg 0x1000\nstart:\n    mov eax, start\n    db "text", 0\n%include "x.inc"\n    nop\n';
  const files = { 'd/a.asm': source, 'd/x.inc': 'int3\n', 'lib/y.inc': 'hlt\n' };
  const bytes = Uint8Array.of(0xb8, 0, 0x10, 0, 0, 0x74, 0x65, 0x78, 0x74, 0, 0xcc, 0x90);

  it('writes bytes to standard output, or to the file that -o names', async () => {
    expect((await glassvisor(['asm', 'd/a.asm'], files)).bytes).toEqual(bytes);
    const ran = await glassvisor(['asm', 'd/a.asm', '-o', 'a.bin'], files);
    expect([ran.status, ran.bytes.length, ran.files.get('a.bin')]).toEqual([0, 0, bytes]);
  });

  it('prints a listing of line, address, bytes and source', async () => {
    const { text } = await glassvisor(['asm', 'd/a.asm', '--listing'], files);
    expect(text.split('\n')).toEqual([
      '     1                              bits 32',
      '     2                              org 0x1000',
      '     3                              start:',
      '     4 00001000 B800100000              mov eax, start',
      '     5 00001005 7465787400              db "text", 0',
      '     6                              %include "x.inc"',
      '     7 0000100B 90                      nop',
      '',
    ]);
  });

  it('goes on in the next line of the listing where one line makes many bytes', async () => {
    const { text } = await glassvisor(['asm', 'a.asm', '--listing'], { 'a.asm': 'times 20 db 1' });
    expect(text.split('\n')).toEqual([
      `     1 00000000 ${'01'.repeat(9)}  times 20 db 1`,
      `     1 00000009 ${'01'.repeat(9)}`,
      '     1 00000012 0101',
      '',
    ]);
  });

  it('finds includes beside the file, in -I, and among those of the guests', async () => {
    const mixed = { ...files, 'd/b.asm': 'bits 32\n%include "x.inc"\n%include "y.inc"\n%include "vmx.inc"\ndd VMXON_NOT_THERE' };
    const ran = await glassvisor(['asm', 'd/b.asm', '-I', 'lib'], mixed);
    expect(ran.errors).toEqual([expect.stringMatching(/^d\/b\.asm:5:4: .*VMXON_NOT_THERE/)]);
    const none = await glassvisor(['asm', 'd/b.asm'], mixed);
    expect(none.errors[0]).toMatch(/^d\/b\.asm:3:\d+: There is no file "y\.inc"/);
  });

  it('names every error with file, line, column and a sentence', async () => {
    const ran = await glassvisor(['asm', 'a.asm', '-o', 'a.bin'], { 'a.asm': 'bits 32\nmov eax, 1, 2\n  mvo eax, 1\nmov al, [\n' });
    expect([ran.status, ran.files.has('a.bin')]).toEqual([2, false]);
    expect(ran.errors.map((line) => line.replace(/: .*/, ''))).toEqual([
      expect.stringMatching(/^a\.asm:2:\d+$/),
      'a.asm:3:3',
      expect.stringMatching(/^a\.asm:4:\d+$/),
    ]);
    for (const line of ran.errors) expect(line).toMatch(/\.$/);
  });

  it('wants one file', async () => {
    expect(isRefusal(await glassvisor(['asm']))).toBe(true);
    expect(isRefusal(await glassvisor(['asm', 'none.asm']))).toBe(true);
  });
});

describe('disasm', () => {
  it('reads hexadecimal bytes in one word or several', async () => {
    const { text } = await glassvisor(['disasm', '89', 'd8', '0F01C2']);
    expect(text).toBe('00000000  89D8                    mov eax, ebx\n00000002  0F01C2                  vmlaunch\n');
    expect((await glassvisor(['disasm', '0x89,0xd8 0f01c2'])).text).toBe(text);
  });

  it('reads a file, in either size of code, at any origin', async () => {
    const file = { k: Uint8Array.of(0xb8, 0x34, 0x12, 0xeb, 0xfb) };
    expect((await glassvisor(['disasm', 'k', '--bits', '16', '--org', '0x7C00'], file)).text).toBe(
      '00007C00  B83412                  mov ax, 0x1234\n00007C03  EBFB                    jmp short 0x7C00\n',
    );
  });

  it('shows bytes that are no whole instruction as data', async () => {
    expect((await glassvisor(['disasm', '90b801'])).text).toBe(
      '00000000  90                      nop\n00000001  B801                    db 0xB8, 0x01\n',
    );
  });

  it('gives back bytes that assemble to themselves', async () => {
    const bytes = [0x8b, 0x04, 0x8d, 0x78, 0x56, 0x34, 0x12, 0x66, 0xf7, 0xd8, 0xf3, 0xa4];
    const { text } = await glassvisor(['disasm', bytes.map((b) => b.toString(16).padStart(2, '0')).join('')]);
    const source = text.replaceAll(/^.{34}/gm, '');
    expect([...(await glassvisor(['asm', 'b.asm'], { 'b.asm': `bits 32\n${source}` })).bytes]).toEqual(bytes);
  });

  it('explains each instruction in micro-operations', async () => {
    const { text } = await glassvisor(['disasm', '010e', '--explain']);
    const [line, ...steps] = text.trimEnd().split('\n');
    expect(line).toContain('add [esi], ecx');
    expect(steps.length).toBeGreaterThan(2);
    for (const step of steps) expect(step).toMatch(/^ {34}\S/);
  });

  it('refuses what is neither a file nor bytes', async () => {
    for (const argv of [
      ['disasm'],
      ['disasm', 'no', 'hex'],
      ['disasm', 'missing.bin'],
      ['disasm', 'zz'],
      ['disasm', '90', '--bits', '64'],
      ['disasm', '90', '--org', 'x'],
    ]) {
      expect([argv, isRefusal(await glassvisor(argv))]).toEqual([argv, true]);
    }
    expect((await glassvisor(['disasm', 'zz'])).errors).toEqual([
      'glassvisor: "zz" is neither a file nor hexadecimal bytes. Write two digits a byte.',
    ]);
  });
});

describe('guests', () => {
  it('lists them all, a line each, and as JSON in both languages', async () => {
    const { text } = await glassvisor(['guests']);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(GUESTS.map((g) => g.id));
    const list = JSON.parse((await glassvisor(['guests', '--json'])).text) as Record<string, unknown>[];
    expect(list[0]).toMatchObject({ id: GUESTS[0].id, title: GUESTS[0].title, prose: GUESTS[0].prose });
  });
});

describe('vectors', () => {
  // add eax, ebx
  const good = { n: 'add', b: '01d8', r: [1, 0, 0, 2, 0x20000800, 0, 0, 0, 0x202], m: 1, R: { 0: 3, 8: 0x206 }, M: {} };
  const bad = { ...good, R: { 0: 4, 8: 0x206 }, M: { 5: 77 } };
  const lines = (...vectors: unknown[]): string => vectors.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join('\n');

  it('runs plain and gzipped files together, and ends with the count', async () => {
    const ran = await glassvisor(['vectors', 'a', 'b.gz'], { a: lines(good, good), 'b.gz': gzipSync(lines(good)) });
    expect([ran.status, ran.text, ran.errors]).toEqual([0, '3 passed, 0 failed\n', []]);
  });

  it('prints the first mismatches in full; the status is 1 then', async () => {
    const ran = await glassvisor(['vectors', 'a'], { a: lines(good, bad, ...Array.from({ length: 20 }, () => bad)) });
    expect(ran.status).toBe(1);
    const out = ran.text.trimEnd().split('\n');
    expect(out.slice(0, 3)).toEqual([
      'line 2: add 01d8',
      '  EAX = 0x3, expected 0x4, before 0x1',
      expect.stringMatching(/^ {2}byte at 0x20000005 = 0x[0-9a-f]+, expected 0x4d, before 0x/),
    ]);
    expect(out.filter((line) => line.startsWith('line ')).length).toBe(10);
    expect(out[out.length - 1]).toBe('1 passed, 21 failed');
  });

  it('refuses a line that is no vector, and says which', async () => {
    for (const line of ['{', '[]', '7', '{}', lines({ ...good, b: 'zz' }), lines({ ...good, r: [1] }), lines({ ...good, f: 99 })]) {
      const ran = await glassvisor(['vectors', 'a'], { a: lines(good, line) });
      expect(isRefusal(ran)).toBe(true);
      expect(ran.errors[0]).toContain('a, line 2:');
    }
  });

  it('wants files that are there and can be unpacked', async () => {
    expect(isRefusal(await glassvisor(['vectors']))).toBe(true);
    expect(isRefusal(await glassvisor(['vectors', 'none']))).toBe(true);
    for (const empty of ['', '\n \n']) expect(isRefusal(await glassvisor(['vectors', 'a'], { a: empty }))).toBe(true);
    expect(isRefusal(await glassvisor(['vectors', 'a', 'b'], { a: lines(good), b: '' }))).toBe(true);
    expect(isRefusal(await glassvisor(['vectors', 'a.gz'], { 'a.gz': Uint8Array.of(0x1f, 0x8b, 1, 2) }))).toBe(true);
  });
});

describe('verify', () => {
  it('compares hashes, and ends with the count', async () => {
    for (const argv of [
      ['verify', 'hello'],
      ['verify', 'timer', '--seed', '7'],
      ['verify', 'two-guests', '--max-instructions', '900'],
    ]) {
      const ran = await glassvisor(argv);
      expect([ran.status, ran.errors]).toEqual([0, []]);
      expect(ran.text).toMatch(/^[1-9]\d* passed, 0 failed\n$/);
    }
  });

  it('refuses what it cannot run', async () => {
    for (const argv of [
      ['verify'],
      ['verify', 'hello', 'timer'],
      ['verify', 'none'],
      ['verify', 'hello', '--seed', 'x'],
      ['verify', 'hello', '--mode', 'real'],
    ]) {
      expect([argv, isRefusal(await glassvisor(argv))]).toEqual([argv, true]);
    }
  });

  it('takes files too', async () => {
    const ran = await glassvisor(['verify', 'a.asm', '--mode', 'real', '--max-instructions', '20000'], {
      'a.asm': 'org 0x7C00\nagain: inc eax\n mov [0x9000], eax\n jmp again',
    });
    expect(ran.text).toMatch(/ passed, 0 failed\n$/);
  });
});

describe('the command', () => {
  it('explains itself', async () => {
    const none = await glassvisor([]);
    expect([none.status, none.text]).toEqual([2, '']);
    for (const argv of [['help'], ['--help']]) {
      const { status, text } = await glassvisor(argv);
      expect(status).toBe(0);
      for (const verb of ['run', 'asm', 'disasm', 'guests', 'vectors', 'verify']) expect(text).toContain(`  ${verb}`);
    }
    for (const argv of [
      ['help', 'run'],
      ['run', '--help'],
      ['run', 'hello', '-h'],
    ]) {
      expect((await glassvisor(argv)).text).toContain('--max-instructions');
    }
  });

  it('says how it is called in a clone, and which it is', async () => {
    expect((await glassvisor(['help'])).text).toContain('npm run -s glassvisor -- ');
    for (const flag of ['--version', '-V']) expect((await glassvisor([flag])).text).toMatch(/^glassvisor \d+\.\d+\.\d+\n$/);
  });

  it('names the guests where one was meant, and nowhere else', async () => {
    expect((await glassvisor(['run', 'helo'])).errors).toEqual([
      'glassvisor: helo is neither a guest nor a file. `glassvisor guests` lists the guests.',
    ]);
    for (const argv of [
      ['asm', 'helo'],
      ['vectors', 'helo'],
      ['disasm', 'helo'],
      ['run', 'hello', '--disk', 'helo'],
    ])
      expect((await glassvisor(argv)).errors[0]).not.toContain('lists the');
  });

  it('knows its verbs', async () => {
    const ran = await glassvisor(['fly']);
    expect(isRefusal(ran)).toBe(true);
    expect(ran.errors[0]).toContain('There is no command "fly".');
  });
});
