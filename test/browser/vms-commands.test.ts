import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { Page } from './page.ts';

const VMS = 'gv-vms';

async function found(page: Page): Promise<string[]> {
  await page.settle();
  const { violations } = await axe.run(page.app, { resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')}`);
}

describe('the hosted hypervisor', () => {
  test('is asked for statistics and free pages once the balloon’s driver is there, and explains what it does', async () => {
    const page = await Page.open({ guest: 'balloon', view: { scene: 'vms' } });
    await page.after(() => page.press('ArrowRight'));
    const button = (name: string): HTMLButtonElement => {
      const all = page.all<HTMLButtonElement>(VMS, '.ask button');
      return all.find(({ textContent }) => textContent?.trim() === name) as HTMLButtonElement;
    };
    // The panel asks the machine first.
    await page.until(() => button('Statistics') !== undefined);
    expect(button('Statistics').disabled).toBe(true);
    await page.after(() => page.app.session.seek(0));
    await page.app.session.setStops({ eventStops: [{ on: 'balloon' }] });
    await page.after(() => page.press('c'));
    await page.until(() => !button('Statistics').disabled);
    const before = page.state.frame?.tick;
    await page.after(() => button('Statistics').click());
    await page.after(() => button('Free pages').click());
    expect([page.state.trouble, page.state.frame?.tick]).toEqual([null, before]);
    page.find<HTMLElement>(VMS, '[popovertarget=helps]').click();
    expect(page.all(VMS, '#helps dt').length).toBe(10);
    expect(await found(page)).toEqual([]);
  });

  test('has its commands beside the balloon too', async () => {
    const page = await Page.open({ guest: 'balloon', view: { scene: 'balloon' } });
    await page.app.session.setStops({ eventStops: [{ on: 'balloon' }] });
    await page.after(() => page.press('c'));
    expect(page.find<HTMLInputElement>('gv-balloon', '.commands input').value).toBe(page.text('gv-balloon', '.asked dd'));
    expect(await found(page)).toEqual([]);
  });
});
