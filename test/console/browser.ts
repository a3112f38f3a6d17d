/** Chromium for the tests, and what they look at in the page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { PATIENCE_S } from '../integration/until.js';

const EXECUTABLE = '/usr/bin/chromium';
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // Pages behind others go on at full rate: two of them fight for authority here.
  ...['--disable-background-timer-throttling', '--disable-renderer-backgrounding'],
  '--disable-backgrounding-occluded-windows',
];

export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'dark' | 'light';
}

/** A browser with a profile of its own. */
export class TestBrowser {
  private constructor(
    readonly context: BrowserContext,
    readonly folder: string,
    /** What went wrong in any page. */
    readonly errors: string[],
  ) {}

  static async open({ width = 1440, height = 900, theme = 'dark' }: BrowserOptions = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'sinew-chromium-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: EXECUTABLE,
      headless: true,
      args: ARGS,
      viewport: { width, height },
      colorScheme: theme,
    });
    context.setDefaultTimeout(PATIENCE_S * 1e3);
    const errors: string[] = [];
    context.on('weberror', (error) => errors.push(error.error().message));
    return new TestBrowser(context, folder, errors);
  }

  /** A new page at `link`, once it has been welcomed. @param script runs in it before its own */
  async page(link: string, script = ''): Promise<Page> {
    const page = await this.context.newPage();
    await page.addInitScript(script);
    await page.goto(link);
    await page.locator('#e-stop').waitFor();
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
