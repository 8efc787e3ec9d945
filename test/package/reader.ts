/** A reader of somebody else's page, in Chromium, who lets it store nothing. */
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright';
import { browserArguments, findBrowser } from '../../scripts/browser.mjs';
import { serve, type Site } from './server.ts';

/** What a careful site sends. */
export const STRICT = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'";

export interface Visit {
  readonly page: Page;
  /** What the console complained of, and what was thrown. */
  readonly complaints: string[];
}

export class Reader {
  private browser: Browser | null = null;
  private readonly open: { close(): unknown }[] = [];

  async begin(): Promise<void> {
    const path = await findBrowser();
    this.browser = await chromium.launch({ args: browserArguments(), ...(path ? { executablePath: path } : {}) });
  }

  /** Opens a page. Whoever asks for storage gets an exception, as in browsers that refuse third parties everything. */
  async visit(url: string): Promise<Visit> {
    if (!this.browser) throw new Error('invariant broken: begin() comes first');
    const context: BrowserContext = await this.browser.newContext({ locale: 'en', viewport: { width: 900, height: 900 } });
    this.open.push(context);
    await context.addInitScript(() => {
      const refuse = (): never => {
        throw new DOMException('Storage is refused here.', 'SecurityError');
      };
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
        Object.defineProperty(globalThis, name, { get: refuse });
      Object.defineProperty(Document.prototype, 'cookie', { get: refuse, set: refuse });
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return { page, complaints };
  }

  /** Serves `folder` under this policy, until rest(). */
  async site(folder: string, policy: string): Promise<Site> {
    const made = await serve(folder, policy);
    this.open.push(made);
    return made;
  }

  /** Closes pages and sites. */
  async rest(): Promise<void> {
    for (const thing of this.open.splice(0)) await thing.close();
  }

  async end(): Promise<void> {
    await this.browser?.close();
  }
}

/** Presses the poster of the first machine and waits for what it becomes. */
export async function start(page: Page | Frame): Promise<'worker' | 'page' | null> {
  await page.locator('glass-visor').first().locator('button[part~=poster]').click();
  await page.waitForFunction(() => document.querySelector('glass-visor')?.ready, null, { timeout: 60_000 });
  return page.evaluate(() => document.querySelector('glass-visor')?.place ?? null);
}
