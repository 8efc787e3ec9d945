import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GlassVisorElement } from '../../src/element/class.ts';
import { FRAME_EVENTS } from '../../src/element/frame-protocol.ts';
import { built, ROOT } from './built.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassvisor-consumer-'));
let tarball = '';

beforeAll(async () => {
  await built();
  // What is packed is what was built: prepack would build it again.
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8' });
  tarball = join(folder, (JSON.parse(packed) as [{ filename: string }])[0].filename);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tool(path: string, ...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(ROOT, 'node_modules', path), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

describe('the package', () => {
  test('is one that publint has nothing to say against', () => {
    const { status, said } = tool('publint/src/cli.js', tarball, '--strict');
    expect(said).toContain('All good!');
    expect(status).toBe(0);
  });

  test('has types that every resolution finds', () => {
    const scripts = ['glassvisor.js', 'machine.worker.js', 'custom-elements.json'];
    const { status, said } = tool(
      '@arethetypeswrong/cli/dist/index.js',
      tarball,
      '--profile',
      'esm-only',
      '--exclude-entrypoints',
      ...scripts,
    );
    // It ends with 0 only if every resolution that an ESM package must answer is answered.
    expect(status, said).toBe(0);
    expect(said.match(/\(ESM\)/g)?.length).toBe(5);
  });

  test('can be imported where there is no DOM', async () => {
    const { GlassVisorElement: Imported } = (await import(resolve(ROOT, 'dist/lib/element.js'))) as { GlassVisorElement: unknown };
    expect(Imported).toBeTypeOf('function');
  });
});

describe('a project that installs it', () => {
  const consumer = join(folder, 'consumer');
  const modules = join(consumer, 'node_modules');

  beforeAll(() => {
    mkdirSync(modules, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', modules]);
    renameSync(join(modules, 'package'), join(modules, 'glassvisor'));
    writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "type": "module", "private": true }');
  });

  function compile(source: string, options: readonly string[]): string {
    writeFileSync(join(consumer, 'main.ts'), source);
    const args = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom,dom.iterable',
      '--types',
      '',
      ...options,
      join(consumer, 'main.ts'),
    ];
    return tool('typescript/bin/tsc', '--ignoreConfig', ...args).said;
  }

  const GOOD = `
    import { GlassVisorElement, type Position } from 'glassvisor';
    import { connectFrame } from 'glassvisor/frame.js';
    import 'glassvisor/define.js';
    const element = document.createElement('glass-visor');
    element.guest = 'paging';
    element.addEventListener('gv-exit', ({ detail }) => console.log(detail.reason + 1, detail.name.toUpperCase()));
    element.addEventListener('click', () => {});
    await element.step(2, 'exit');
    const position: Position | null = element.position;
    const bytes: Uint8Array = await element.save();
    await element.load({ source: 'hlt' });
    const frame = await connectFrame(document.createElement('iframe'));
    frame.on('gv-stop', ({ tick }) => console.log(tick.toFixed(), position, bytes));
    console.log(new GlassVisorElement().tick);
  `;
  const WRONG = `
    import 'glassvisor';
    const element = document.createElement('glass-visor');
    await element.step('two');
    element.addEventListener('gv-exit', ({ detail }) => console.log(detail.nothing));
  `;

  test.each([
    ['nodenext', ['--module', 'nodenext']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])('compiles with its types under %s, and is told what is wrong', (_, options) => {
    expect(compile(GOOD, options)).toBe('');
    const said = compile(WRONG, options);
    expect(said).toContain("Argument of type 'string' is not assignable to parameter of type 'number'");
    expect(said).toContain("Property 'nothing' does not exist");
  });

  test('finds nothing of this machine in it', () => {
    const texts = readdirSync(join(modules, 'glassvisor'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.(js|mjs|html|json|md|ts)$/.test(path),
    );
    expect(texts.filter((path) => readFileSync(join(modules, 'glassvisor', path), 'utf8').includes(ROOT))).toEqual([]);
  });
});

describe('the manifest', () => {
  interface Named {
    readonly name: string;
    readonly kind?: string;
  }
  const manifest = JSON.parse(readFileSync(resolve(ROOT, 'src/element/custom-elements.json'), 'utf8')) as {
    modules: { path: string; declarations?: { attributes: Named[]; members: Named[]; events: Named[] }[] }[];
  };
  const declared = manifest.modules[0].declarations?.[0];
  const names = (list: readonly Named[] | undefined): string[] => (list ?? []).map(({ name }) => name).sort();

  test('has every method and property of the class', () => {
    const hidden = ['constructor', 'connectedCallback', 'disconnectedCallback', 'attributeChangedCallback', 'addEventListener'];
    const inner = ['build', 'speak', 'watch', 'need', 'start', 'fail', 'program'];
    const own = Object.getOwnPropertyNames(GlassVisorElement.prototype).filter((name) => ![...hidden, ...inner].includes(name));
    expect(names(declared?.members)).toEqual(own.sort());
  });

  test('has every attribute that is watched, and every event', () => {
    expect(names(declared?.attributes)).toEqual(expect.arrayContaining([...GlassVisorElement.observedAttributes]));
    expect(names(declared?.events)).toEqual([...FRAME_EVENTS].sort());
  });

  test('names modules that are there', () => {
    for (const { path } of manifest.modules) expect(() => readFileSync(resolve(ROOT, path))).not.toThrow();
  });
});
