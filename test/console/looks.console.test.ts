/** How the page looks and is used: contrast, by keyboard alone, on a tablet; what it draws. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { TestBrowser } from './browser.js';
import { type ConsoleRig, holds, shareConsole } from './console_rig.js';
import { contrast, over, parseColour } from './contrast.js';

let rig: ConsoleRig;
let browser: TestBrowser;

shareConsole((both) => {
  ({ rig, browser } = both);
});

interface Text {
  readonly text: string;
  readonly colour: string;
  /** Backgrounds from the text's own outwards. */
  readonly grounds: string[];
  readonly size: number;
  readonly weight: number;
}

/** Every piece of text that is shown, with its colours as computed. */
const TEXTS = `[...document.querySelectorAll('body *')].flatMap((element) => {
  const own = [...element.childNodes].filter((node) => node.nodeType === 3);
  const text = own.map((node) => node.textContent.trim()).join(' ').trim();
  if (text === '' || element.checkVisibility() === false || element.tagName === 'OPTION') return [];
  const style = getComputedStyle(element);
  const grounds = [];
  for (let at = element; at !== null; at = at.parentElement) {
    grounds.push(getComputedStyle(at).backgroundColor);
  }
  const size = Number.parseFloat(style.fontSize);
  return [{ text, colour: style.color, grounds, size, weight: Number(style.fontWeight) }];
})`;

async function faintTexts(page: Page): Promise<string[]> {
  const texts = await page.evaluate<Text[]>(TEXTS);
  expect(texts.length).toBeGreaterThan(60);
  return texts.flatMap(({ text, colour, grounds, size, weight }) => {
    const ground = grounds
      .map(parseColour)
      .reduceRight((below, above) => over(above, below), parseColour('rgb(255, 255, 255)'));
    const ratio = contrast(over(parseColour(colour), ground), ground);
    // WCAG AA: 3 for large text (24 px, or 18.66 px bold), 4.5 for all else.
    const least = size >= 24 || (size >= 18.66 && weight >= 700) ? 3 : 4.5;
    return ratio >= least ? [] : [`"${text}" ${ratio.toFixed(2)} of ${least}`];
  });
}

describe('the page', () => {
  it('is readable in dark and in light, calm and with everything wrong', async () => {
    for (const theme of ['dark', 'light'] as const) {
      const page = await browser.context.newPage();
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(rig.link());
      await page.locator('.camera[data-stale="false"]').first().waitFor();
      await page.locator('.bars i').first().waitFor();
      expect(await faintTexts(page), theme).toEqual([]);
      await rig.takeOver(page, () => page.keyboard.press('t'));
      await page.locator('#operator', { hasText: 'this page' }).waitFor();
      expect(await faintTexts(page), `${theme}, taken over`).toEqual([]);
      await page.keyboard.press('Space');
      await page.locator('#mode', { hasText: 'E-STOP' }).waitFor();
      await page.locator('.fault[data-level="2"]').first().waitFor();
      expect(await faintTexts(page), `${theme}, e-stop`).toEqual([]);
      await page.keyboard.press('?');
      expect(await faintTexts(page), `${theme}, keys`).toEqual([]);
      await page.close();
      await rig.restore();
    }
  });

  it('names every control, and reaches all of them by the Tab key', async () => {
    const page = await browser.page(rig.link());
    await rig.takeOver(page, () => page.keyboard.press('t'));
    await page.locator('#operator', { hasText: 'this page' }).waitFor();
    const controls = `[...document.querySelectorAll('button, select, input')]
      .filter((element) => !element.disabled && element.checkVisibility())`;
    const unnamed = await page.evaluate<string[]>(`${controls}
      .filter((element) => (element.getAttribute('aria-label') ?? element.textContent).trim() === '')
      .map((element) => element.outerHTML)`);
    expect(unnamed).toEqual([]);
    let missed: string[] = [];
    const take = async () => {
      // Out of a field for text, where the last round may have ended: it takes keys for itself.
      await page.keyboard.press('Escape');
      await page.keyboard.press('t');
    };
    await rig.until(async () => {
      await rig.takeOver(page, take);
      const count = await page.evaluate<number>(`${controls}.length`);
      await page.evaluate('window.reached = new Set()');
      for (let i = 0; i < count + 12; i++) {
        await page.keyboard.press('Tab');
        await page.evaluate('window.reached.add(document.activeElement)');
      }
      missed = await page.evaluate<string[]>(`${controls}
        .filter((element) => !window.reached.has(element)).map((element) => element.outerHTML)`);
      // What a busy machine made the page let go of was disabled for a while.
      return missed.length === 0 || holds(page);
    }, 'a round of the Tab key in command');
    expect(missed).toEqual([]);
  });

  it('fits a tablet and a phone, with the e-stop always in sight', async () => {
    const page = await browser.page(rig.link());
    for (const [width, height] of [
      [1180, 820],
      [820, 1180],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      // The plots take their new width a frame or two later.
      const wide = () => page.evaluate<number>('document.documentElement.scrollWidth');
      await rig.until(async () => (await wide()) <= width, `a page of ${width} × ${height}`);
      for (const place of ['0', 'document.body.scrollHeight']) {
        await page.evaluate(`window.scrollTo(0, ${place})`);
        const box = await page.locator('#e-stop').boundingBox();
        expect(box?.y, `${width} × ${height} at ${place}`).toBeGreaterThanOrEqual(0);
        expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
        expect(box?.height).toBeGreaterThanOrEqual(60);
      }
    }
  });

  it('draws pictures, arm and plots, and nothing of it fails', async () => {
    const page = await browser.page(rig.link());
    await page.locator('.camera[data-stale="false"]').nth(1).waitFor();
    // How many different colours a canvas holds: what is empty has one.
    const colours = (selector: string) =>
      page.evaluate<number>(`(() => {
        const from = document.querySelector('${selector}');
        const copy = document.createElement('canvas');
        copy.width = copy.height = 64;
        const context = copy.getContext('2d');
        return new Promise((done) => requestAnimationFrame(() => {
          context.drawImage(from, 0, 0, 64, 64);
          const { data } = context.getImageData(0, 0, 64, 64);
          done(new Set(new Uint32Array(data.buffer)).size);
        }));
      })()`);
    await rig.until(async () => (await colours('.camera canvas')) > 8, 'a picture');
    await rig.until(async () => (await colours('#arm canvas')) > 8, 'the arm in 3D');
    await rig.until(async () => (await colours('.plot canvas')) > 8, 'a plot');
    expect(await page.locator('.plot').count()).toBe(6);
    expect(browser.errors).toEqual([]);
  });
});
