import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    expect(said.match(/\(ESM\)/g)?.length).toBe(6);
  });

  test.each(['element.js', 'element/class.js', 'element/define.js', 'element/parts.js', 'element/frame-client.js'])(
    'can be imported where there is no DOM: %s',
    async (path) => {
      const imported = (await import(resolve(ROOT, 'dist/lib', path))) as Readonly<Record<string, unknown>>;
      expect(Object.values(imported).every((value) => value !== undefined)).toBe(true);
    },
  );
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

  /** All that there is, used as its types say. */
  const GOOD = `
    import {
      GlassVisorElement, type AccessKind, type Address, type AnswerDetail, type Capabilities, type ChangeDetail, type CheckpointDetail, type DmaDetail, type ExitDetail,
      type GlassVisorEvents, type LensDetail, type LensTarget, type MachineState, type Position, type Program, type ResizeDetail, type RunTo, type StepSize, type StopPlaces,
      type TlbDetail, type Trace, type Translation, type TroubleDetail, type WalkDetail, type WatchedMemory,
    } from 'glassvisor';
    import { connectFrame, type GlassVisorFrame } from 'glassvisor/frame.js';
    import { defineGlassVisor } from 'glassvisor/define.js';
    import { GlassVisorElement as Same } from 'glassvisor/class.js';
    import { defineGlassVisorParts, GlassVisorPart } from 'glassvisor/parts.js';
    defineGlassVisor();
    defineGlassVisorParts();
    const element: Same = document.createElement('glass-visor');
    element.guest = 'paging';
    const sizes: readonly StepSize[] = element.capabilities?.granularities ?? [];
    const capabilities: Capabilities | null = element.capabilities;
    element.addEventListener('click', () => {});
    element.addEventListener('gv-exit', ({ detail }) => console.log(detail.reason + 1, detail.name.toUpperCase()));
    const hear = <K extends keyof GlassVisorEvents>(type: K, use: (detail: GlassVisorEvents[K]['detail']) => void): void =>
      element.addEventListener(type, (event) => use((event as GlassVisorEvents[K]).detail));
    hear('gv-ready', ({ place }) => place === 'worker');
    hear('gv-stop', (at: Position) => at.reason);
    hear('gv-tick', (at: Position) => at.tick);
    hear('gv-exit', (exit: ExitDetail) => exit.qualification);
    hear('gv-walk', (walk: WalkDetail) => walk.outcome === 'EPT violation');
    hear('gv-tlb', (change: TlbDetail) => change.kind === 'eviction');
    hear('gv-dma', (access: DmaDetail) => access.operation === 'refused write');
    hear('gv-lens', (lens: LensDetail) => lens.pinned);
    hear('gv-change', (change: ChangeDetail) => change.kind === 'vmcs');
    hear('gv-checkpoint', (reached: CheckpointDetail) => reached.machine === reached.answer);
    hear('gv-answer', (answer: AnswerDetail) => answer.step);
    hear('gv-error', (trouble: TroubleDetail) => trouble.hint);
    hear('gv-resize', (size: ResizeDetail) => size.wanted);
    document.addEventListener('gv-change', (event) => event.preventDefault());
    await element.boot();
    await element.step(2, 'exit');
    await element.back(1, sizes[0]);
    const touched: WatchedMemory = { space: 'g', address: 0x1000, length: 4, access: 'write' };
    const spec: RunTo = { touch: touched };
    const reached: Position = await element.runTo(spec);
    await element.seek(reached.tick);
    await Promise.all([element.run(), element.pause(), element.reset()]);
    const [address, access]: [Address, AccessKind] = ['v:0x401238', 'write'];
    const found: Translation = await element.evaluate(address, access);
    const lens: LensTarget = { address: found.linear, access };
    await element.setLens(lens);
    await element.setLens(null);
    const holds: boolean = await element.check('eax = 1');
    const bytes: Uint8Array = await element.save();
    await element.restore(await element.snapshot());
    const program: Program = { source: 'hlt' };
    await element.load(program);
    element.program = { bytes, name: 'moment.glass' };
    element.breakpoints = { code: [found.linear] };
    const places: StopPlaces | null = element.breakpoints;
    const state: MachineState | null = element.state;
    const trace: Trace | null = element.trace;
    const position: Position | null = element.position;
    const trouble: TroubleDetail | null = element.error;
    const texts: string[] = [await element.exportTrace(), await element.toUrl('./app/'), element.theme, element.scene, element.src];
    const picture: Blob = await element.exportImage('png');
    console.log(element.ready, element.running, element.busy, element.place, element.tick, holds, places, trace?.walks.length, trouble, texts, picture.size, capabilities);
    console.log(state?.registers['EAX'].toFixed(), typeof state?.vmcs?.['exitReason'], position?.exitCode);
    const part: GlassVisorPart = document.createElement('glass-visor-walk');
    part.for = 'machine';
    const frame: GlassVisorFrame = await connectFrame(document.createElement('iframe'), { fitHeight: true });
    frame.on('gv-stop', ({ tick }) => console.log(tick.toFixed()));
    console.log(frame.trusted, await frame.call('runTo', { exit: 'any' }), await frame.call('state'), await frame.call('get', 'theme'));
    frame.close();
    element.destroy();
    console.log(new GlassVisorElement().tick);
  `;
  /** What docs/embedding.md shows. */
  const SHOWN = [...readFileSync(resolve(ROOT, 'docs/embedding.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

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
    expect(SHOWN.length).toBeGreaterThan(4);
    for (const code of SHOWN) expect(compile(code, options), code).toBe('');
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

test('the manifest names modules that are there', () => {
  const { modules } = JSON.parse(readFileSync(resolve(ROOT, 'dist/custom-elements.json'), 'utf8')) as { modules: { path: string }[] };
  for (const { path } of modules) expect(() => readFileSync(resolve(ROOT, path))).not.toThrow();
});
