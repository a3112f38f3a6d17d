#!/usr/bin/env node
// Takes the pictures of docs/operating.md from a running console:
// `node scripts/picture_console.mjs 'http://127.0.0.1:8470/#token=…'`. It takes over, stops and
// activates the robot of that console, so let it be the demonstration's.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { projectRoot } from './setup/stamp.mjs';

const [link] = process.argv.slice(2);
if (link === undefined) {
  console.error('Usage: node scripts/picture_console.mjs LINK (the one that `sinew up` prints)');
  process.exit(1);
}

const DESK = { width: 1440, height: 900 };
const TABLET = { width: 820, height: 1180 };
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
});

async function open(colorScheme, viewport) {
  const context = await browser.newContext({ colorScheme, viewport });
  const page = await context.newPage();
  await page.goto(link);
  await page.locator('.camera[data-stale="false"]').nth(1).waitFor();
  // A page that took the focus to its controls may have scrolled.
  await page.evaluate('window.scrollTo(0, 0)');
  return page;
}

async function picture(page, name) {
  await page.screenshot({ path: join(projectRoot, 'docs', `console_${name}.png`) });
  console.log(`docs/console_${name}.png`);
}

/** Whether the policy works and nothing is wrong, as a busy machine may have it only for a while. */
async function calm(page) {
  const mode = await page.locator('#mode').textContent();
  const faults = await page.locator('#faults').textContent();
  return mode?.includes('policy') && faults?.includes('No faults');
}

async function untilCalm(page) {
  let calmFor = 0;
  for (let tries = 0; tries < 400; tries++) {
    calmFor = (await calm(page)) ? calmFor + 1 : 0;
    // Long enough that it is not the end of an episode.
    if (calmFor === 4) return;
    const activate = page.locator('#activate:enabled', { hasText: /^Activate/ });
    if ((await activate.count()) > 0) await activate.click();
    await sleep(300);
  }
  throw new Error('the policy does not work without faults: is the machine too busy?');
}

for (const [name, viewport] of [
  ['policy', DESK],
  ['tablet', TABLET],
]) {
  const page = await open('dark', viewport);
  // Long enough for plots and histogram to fill.
  await sleep(9000);
  do {
    await untilCalm(page);
    await picture(page, name);
  } while (!(await calm(page)));
  await page.context().close();
}

const light = await open('light', DESK);
await untilCalm(light);
await light.locator('#operator-name').fill('Ann');
await light.locator('#operator-name').blur();
// A busy machine may need the gesture more than once.
for (let tries = 0; tries < 20; tries++) {
  if ((await light.locator('#take').getAttribute('aria-pressed')) !== 'true') {
    await light.keyboard.press('t');
  }
  if (/this page/.test((await light.locator('#operator').textContent()) ?? '')) break;
  await sleep(500);
}
await light.locator('#drag').click();
await light.keyboard.down('r');
await sleep(1500);
await light.keyboard.up('r');
await light.keyboard.down('a');
await sleep(2500);
await picture(light, 'operator');
await light.keyboard.up('a');
await light.keyboard.press('Space');
await light.locator('#mode', { hasText: 'E-STOP' }).waitFor();
await sleep(7000);
await picture(light, 'stopped');
await light.locator('#reset').click();
await light.locator('#mode', { hasText: 'Inactive' }).waitFor();
await browser.close();
