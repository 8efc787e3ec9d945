import { describe, expect, test, vi } from 'vitest';
import { makeLocal, makeWorker, startEarly } from '../../src/ui/app/start.ts';
import { Page } from './page.ts';

function drop(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const files = new DataTransfer();
  files.items.add(new File([bytes], name));
  dispatchEvent(new DragEvent('drop', { dataTransfer: files, cancelable: true }));
}

describe('trouble', () => {
  test('with a dropped file is said in a sentence, and the machine stays as it was', async () => {
    const page = await Page.open();
    await page.after(() => page.press('ArrowRight'));
    drop('broken.elf', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0, 0, 0]));
    await page.until((state) => state.trouble !== null);
    await page.settle();
    expect(page.text('[role=alert]')).toMatch(/broken\.elf/);
    expect(page.state.trouble?.hint).not.toBe('');
    expect([page.state.frame?.tick, page.state.guestId]).toEqual([1, 'hello']);
    await page.after(() => page.press('ArrowRight'));
    expect(page.app.renderRoot.querySelector('[role=alert]')).toBeNull();
  });

  test('with a dropped folder is said in the reader’s language', async () => {
    const page = await Page.open({ view: { language: 'fr' } });
    const reading = vi.spyOn(Blob.prototype, 'arrayBuffer').mockRejectedValue(new DOMException('', 'NotReadableError'));
    drop('classe', new Uint8Array(0));
    await page.until((state) => state.trouble !== null);
    reading.mockRestore();
    await page.settle();
    expect(page.text('[role=alert]')).toMatch(/^✕ classe ne peut pas être lu/);
    expect(page.find('[role=alert]').querySelector('[lang=en]')).toBeNull();
  });

  test('with a text that is no program says what it is, and the machine stays', async () => {
    const page = await Page.open();
    drop('t.txt', new TextEncoder().encode('Dear all,\n') as Uint8Array<ArrayBuffer>);
    await page.until((state) => state.trouble !== null);
    await page.settle();
    expect(page.text('[role=alert]')).toMatch(/^✕ t\.txt is text, and nothing that a processor could run\./);
    expect(page.state.guestId).toBe('hello');
  });

  test('is none with bytes that say nothing: they are run, it is told, and a text being written makes way', async () => {
    const page = await Page.open();
    drop('bad.asm', new TextEncoder().encode('nonsense here\n') as Uint8Array<ArrayBuffer>);
    await page.until((state) => state.view.editing === 'bad.asm');
    await page.after(() => drop('what', Uint8Array.of(0xb8, 1, 0, 0, 0, 0xf4)));
    await page.until((state) => state.trouble?.isNote === true);
    await page.settle();
    expect(page.state.view.editing).toBeNull();
    expect(page.text('.trouble')).toMatch(/^Nothing in what says what it is: it was loaded as a flat image/);
    expect(page.app.renderRoot.querySelector('[role=alert]')).toBeNull();
  });

  test('is not had with a good one', async () => {
    const page = await Page.open();
    await page.after(() =>
      drop('mine.asm', new TextEncoder().encode('bits 32\norg 0x10000\nmov eax, 42\nhlt\n') as Uint8Array<ArrayBuffer>),
    );
    expect([page.state.trouble, page.state.loaded?.name]).toEqual([null, 'mine.asm']);
    expect(page.text('gv-guest-menu', '.title')).toBe('File mine.asm');
  });

  test('is not had with a saved moment, but it has no past', async () => {
    const page = await Page.open();
    await page.after(() => page.app.session.step());
    await page.after(() => page.app.session.step());
    const saved = await page.app.session.save();
    await page.after(() => drop('hello.glass', saved as Uint8Array<ArrayBuffer>));
    const buttons = page.all<HTMLButtonElement>('gv-transport', '.icon').slice(0, 3);
    expect(buttons.map((button) => button.disabled)).toEqual([false, true, true]);
    expect(buttons[2].title).toBe('Step back: this moment alone was kept, not its past');
    await page.after(() => page.press('ArrowRight'));
    expect(buttons[2].disabled).toBe(false);
  });

  test('with a guest that is not there is said over one that is', async () => {
    const page = await Page.open({ guest: 'nobody' });
    expect(page.state.guestId).toBe('first-exit');
    await page.until((state) => state.trouble !== null);
    await page.settle();
    expect(page.text('[role=alert]')).toMatch(/^✕ There is no guest “nobody”\. Guests: /);
  });

  test('with a guest that is not there is said in the reader’s language', async () => {
    const page = await Page.open({ guest: 'nobody', view: { language: 'fr' } });
    await page.until((state) => state.trouble !== null);
    await page.settle();
    expect(page.text('[role=alert]')).toMatch(/^✕ Il n’y a pas d’invité «\s?nobody\s?»\. Invités/);
  });

  test('with workers moves the machine onto the page', async () => {
    const refuse = (): Worker => {
      throw new Error('refused by policy');
    };
    const page = await Page.open({ guest: 'first-exit', machines: { makeWorker: refuse, makeLocal } });
    expect(page.text('.trouble')).toContain('the machine runs on the page itself');
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.text('gv-world-band', '.exit')).toContain('CPUID');
  });

  test('is not had with a worker that was ready before anyone asked', async () => {
    const workers: Worker[] = [];
    const make = (): Worker => {
      const worker = makeWorker();
      workers.push(worker);
      return worker;
    };
    startEarly();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const page = await Page.open({ machines: { makeWorker: make, makeLocal } });
    expect([page.state.place, workers.length]).toEqual(['worker', 1]);
    const next = makeWorker();
    expect(next).not.toBe(workers[0]);
    next.terminate();
  });

  test('with a worker that dies is said, and a new one can be had', async () => {
    const workers: Worker[] = [];
    const make = (): Worker => {
      const worker = makeWorker();
      workers.push(worker);
      return worker;
    };
    const page = await Page.open({ machines: { makeWorker: make, makeLocal } });
    workers[0].dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    await page.settle();
    expect(page.text('[role=alert]')).toMatch(/stopped.*\(out of memory\)/);
    // Only the speed can be set without a machine.
    expect(page.all<HTMLButtonElement>('gv-transport', 'button:not([role], .number)').every((button) => button.disabled)).toBe(true);
    page.find('[role=alert] button').click();
    await page.until((state) => state.host !== null && state.frame?.tick === 0);
    expect(workers).toHaveLength(2);
    await page.after(() => page.press('ArrowRight'));
    expect(page.state.frame?.tick).toBe(1);
  });
});
