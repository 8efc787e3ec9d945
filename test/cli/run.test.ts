import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { glassvisor, isRefusal } from './rig.ts';

const image = (source: string): Uint8Array => assemble(source, { file: 'x' }).bytes;
const json = async (argv: readonly string[], files = {}): Promise<Record<string, unknown>> =>
  JSON.parse((await glassvisor([...argv, '--json'], files)).text);

const HALT = image('mov al, 65\nout 0xE9, al\ncli\nhlt');
const SPIN = image('jmp $');

describe('run', () => {
  it('sends both consoles to standard output as bytes, and nothing else', async () => {
    const both = image('mov al, 0xC3\nout 0xE9, al\nmov dx, 0x3F8\nmov al, 0xA9\nout dx, al\nmov al, 0\nout dx, al\nhlt');
    const ran = await glassvisor(['run', 'a.bin', '--load', '0x7C00', '--mode', 'real'], { 'a.bin': both });
    expect([ran.status, [...ran.bytes], ran.errors]).toEqual([0, [0xc3, 0xa9, 0], []]);
  });

  it('ends with 0 on halt, the status of the debug exit, 3 on a triple fault, 4 when the instructions run out, 5 on a reset', async () => {
    const statusOf = async (source: string): Promise<(number | string)[]> => {
      const { status, errors } = await glassvisor(['run', 'a', '--load=0x7C00', '--mode=real', '--max-instructions', '1000'], {
        a: image(source),
      });
      return [status, ...errors];
    };
    expect(await statusOf('cli\nhlt')).toEqual([0]);
    expect(await statusOf('mov al, 21\nout 0xF4, al')).toEqual([43]);
    expect(await statusOf('mov al, 0\nout 0xF4, al')).toEqual([1]);
    expect(await statusOf('lidt [bx + 0x7000]\nint3')).toEqual([3, 'glassvisor: triple fault: the processor has shut down.']);
    expect(await statusOf('mov al, 0xFE\nout 0x64, al')).toEqual([
      5,
      'glassvisor: the program asked for a reset, and there is no firmware to start again.',
    ]);
    expect(await statusOf('jmp $')).toEqual([4, 'glassvisor: out of instructions.']);
  });

  it('reports stop, instructions, seconds, console, exitCode, exits, registers and hash as one object', async () => {
    const report = await json(['run', 'first-exit']);
    expect(Object.keys(report)).toEqual(['stop', 'instructions', 'seconds', 'console', 'exitCode', 'exits', 'registers', 'hash']);
    expect(report).toMatchObject({ stop: 'halt', exitCode: null, exits: { 10: 1, 12: 1 } });
    expect(report['console']).toContain('Glassvisor');
    expect(report['hash']).toMatch(/^[0-9a-f]{16}$/);
    expect(report['seconds']).toBeGreaterThan(0);
    expect(report['registers']).toMatchObject({ EAX: 12, EIP: expect.any(Number), EFLAGS: expect.any(Number), CR0: 0x80000031, CS: 8 });
    const exit = await json(['run', 'a', '--load', '0x7C00', '--mode', 'real'], { a: image('mov al, 1\nout 0xF4, al') });
    expect(exit).toMatchObject({ stop: 'debug-exit', exitCode: 3, instructions: 2, console: '', exits: {} });
  });

  it('prints the report alone, whatever the end', async () => {
    const ran = await glassvisor(['run', 'a', '--load', '0x7C00', '--json', '--max-instructions', '10'], { a: SPIN });
    expect([ran.status, ran.errors, JSON.parse(ran.text).stop]).toEqual([4, [], 'budget']);
  });

  it('says what it takes for flat code, unless somebody has said so', async () => {
    const ran = await glassvisor(['run', 'd/k.bin', '--json'], { 'd/k.bin': HALT });
    expect([ran.status, ran.errors]).toEqual([
      0,
      ['glassvisor: k.bin is taken as flat 32-bit code at 0x100000; --format, --load, --entry and --mode say otherwise.'],
    ]);
    for (const said of [
      ['--format', 'flat'],
      ['--load', '0x7C00'],
      ['--mode', 'real'],
    ])
      expect((await glassvisor(['run', 'a', ...said], { a: HALT })).errors).toEqual([]);
    expect((await glassvisor(['run', 'a.asm'], { 'a.asm': 'bits 32\ncli\nhlt' })).errors).toEqual([]);
  });

  it('counts instructions, not the ticks of a sleeping CPU', async () => {
    const { instructions } = await json(['run', 'timer']);
    expect(instructions).toBeGreaterThan(100);
    expect(instructions).toBeLessThan(5000);
    expect(await json(['run', 'timer', '--max-instructions', '50'])).toMatchObject({ stop: 'budget', instructions: 50 });
    expect(await json(['run', 'timer', '--max-instructions', '0'])).toMatchObject({ stop: 'budget', instructions: 0 });
  });

  it('takes every format of image, by its name, its bytes or the option', async () => {
    const boot = image('bits 16\norg 0x7C00\nmov al, 66\nout 0xE9, al\nhlt\ntimes 510 - ($ - $$) db 0\ndw 0xAA55');
    expect((await glassvisor(['run', 'disk.img'], { 'disk.img': boot })).text).toBe('B');
    expect((await glassvisor(['run', 'disk.img', '--format', 'boot'], { 'disk.img': boot })).text).toBe('B');
    const rom = image('times 0xFFF0 db 0xF4\nmov al, 67\nout 0xE9, al\ncli\nhlt\ntimes 0x10000 - ($ - $$) db 0');
    expect((await glassvisor(['run', 'bios', '--format', 'rom'], { bios: rom })).text).toBe('C');
    const flat = image('bits 32\norg 0x100000\nmov al, 68\nout 0xE9, al\ncli\nhlt');
    expect((await glassvisor(['run', 'k', '--format', 'flat', '--load', '0x100000', '--mode', 'protected'], { k: flat })).text).toBe('D');
    expect((await glassvisor(['run', 'k', '--load', '0x100000', '--entry', '0x100002', '--json'], { k: flat })).text).toContain(
      '"console": "\\u0000"',
    );
  });

  it('assembles a source first, with what it includes', async () => {
    const files = {
      'dir/a.asm': 'bits 16\norg 0x7C00\n%include "sub/say.inc"\nsay "h"\ncli\nhlt',
      'dir/sub/say.inc': '%include "deeper.inc"\n%macro say 1\n mov al, %1\n put\n%endmacro',
      'dir/deeper.inc': '%macro put 0\n out 0xE9, al\n%endmacro',
    };
    expect(await glassvisor(['run', 'dir/a.asm', '--mode', 'real'], files)).toMatchObject({ status: 0, text: 'h', errors: [] });
  });

  it('gives COM1 its input, escapes understood', async () => {
    const echo = image(`
next:
    mov dx, 0x3FD
    in al, dx
    test al, 1
    jz next
    mov dx, 0x3F8
    in al, dx
    out dx, al
    cmp al, 10
    jne next
    cli
    hlt`);
    const ran = await glassvisor(['run', 'e', '--load', '0x7C00', '--mode', 'real', '--input', 'a\\tb\\\\n\\n'], { e: echo });
    expect(ran.text).toBe('a\tb\\n\n');
  });

  it('writes every VM exit and failed entry as a line of JSON', async () => {
    const { files, status } = await glassvisor(['run', 'entry-failures', '--exits', 'e.jsonl']);
    const lines = new TextDecoder().decode(files.get('e.jsonl')).trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(status).toBe(0);
    expect(records.filter((r) => r['event'] === 'vmEntryFailed').length).toBe(13);
    expect(records[0]).toMatchObject({
      event: 'vmEntryFailed',
      reason: 0,
      instructionError: 7,
      name: 'VM entry with invalid control field(s)',
    });
    expect(records[5]).toMatchObject({ reason: 33, field: 'guestCr0', value: 0x21, name: 'VM-entry failure due to invalid guest state' });
    const last = records[records.length - 1];
    expect(last).toMatchObject({ event: 'vmExit', reason: 12, name: 'HLT', guestEip: expect.any(Number) });
    expect(records.map((r) => r['tick'])).toEqual(records.map((r) => r['tick'] as number).sort((a, b) => a - b));
  });

  it('writes an empty file where there was no exit, and as many lines as exits where there were many', async () => {
    expect((await glassvisor(['run', 'hello', '--exits', 'e'])).files.get('e')).toEqual(new Uint8Array());
    const { files } = await glassvisor(['run', 'two-guests', '--exits', 'e']);
    expect(new TextDecoder().decode(files.get('e')).split('\n').length - 1).toBe(8);
  });

  it('saves its last moment, from which another run goes on', async () => {
    const first = await glassvisor(['run', 'timer', '--max-instructions', '300', '--save', 'm.glass']);
    const saved = Object.fromEntries(first.files);
    const rest = await glassvisor(['run', 'm.glass'], saved);
    const whole = await glassvisor(['run', 'timer']);
    expect(first.text.length).toBeGreaterThan(0);
    expect(first.text + rest.text).toBe(whole.text);
    const report = await json(['run', 'm.glass'], saved);
    expect(report).toMatchObject({ console: whole.text, stop: 'halt', hash: (await json(['run', 'timer']))['hash'] });
  });

  it('refuses what makes no sense with a sentence and status 2', async () => {
    const files = {
      a: HALT,
      empty: '',
      'x.elf': Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 9),
      'm.glass': new TextEncoder().encode('GLASS\r\n\x1abut no more'),
    };
    for (const argv of [
      ['run'],
      ['run', 'a', 'b'],
      ['run', 'missing'],
      ['run', 'a', '--lod', '1'],
      ['run', 'a', '--load'],
      ['run', 'a', '--load', '-1'],
      ['run', 'a', '--load', '0x100000000'],
      ['run', 'a', '--load', '0xFFFFFFFF'],
      ['run', 'a', '--ram', '0'],
      ['run', 'a', '--ram', '513'],
      ['run', 'a', '--ram', 'big'],
      ['run', 'a', '--format', 'floppy'],
      ['run', 'a', '--format', 'boot'],
      ['run', 'a', '--format', 'rom'],
      ['run', 'a', '--mode', 'long'],
      ['run', 'a', '--tier', 'fast'],
      ['run', 'a', '--json=yes'],
      ['run', 'a', '--max-instructions', '1.5'],
      ['run', 'a', '--input', 'x'.repeat(1 << 20)],
      ['run', 'hello', '--load', '0x7C00'],
      ['run', 'x.elf'],
      ['run', 'x.elf', '--format', 'elf'],
      ['run', 'empty'],
      ['run', 'm.glass'],
      ['run', 'm.glass', '--ram', '4'],
      ['walk', 'a'],
    ]) {
      const ran = await glassvisor(argv, files);
      expect([argv, isRefusal(ran)]).toEqual([argv, true]);
    }
  });
});
