/**
 * The gate that asks, end to end: a package's own scoring graph, run by the policy process, makes the
 * controller hold, and the page calls the operator.
 */
import { afterEach, expect, it } from 'vitest';
import { TestBrowser } from './browser.js';
import { ConsoleRig } from './console_rig.js';

let rig: ConsoleRig | undefined;
let browser: TestBrowser | undefined;

afterEach(async () => {
  await browser?.close();
  await rig?.close();
});

it('a scoring graph that finds the chunks bad holds the arm and calls the operator', async () => {
  const threshold = 0.5;
  const set = [
    'policy.uncertainty=package_score',
    `controller.gate.threshold=${threshold}`,
    'controller.gate.consecutive=2',
    // A policy that is held up by a busy machine must not look like one that asks.
    'controller.gate.timeout_s=0',
  ];
  const r = await ConsoleRig.open({ set });
  rig = r;
  browser = await TestBrowser.open();
  const page = await browser.page(r.link());
  const call = page.locator('#alarm', { hasText: 'THE POLICY ASKS FOR AN OPERATOR' });
  await r.granted(({ gate }) => gate?.['asking'] === true, 'the gate to ask');
  expect(r.authority).toMatchObject({ phase: 'hold', mode: 'hold' });
  // Good at first: the gate has let the policy move the arm.
  const scores = r.authorities.map(({ gate }) => Number(gate?.['score'] ?? Number.NaN));
  const known = scores.filter(Number.isFinite);
  expect(Math.min(...known)).toBeLessThan(threshold);
  expect(Math.max(...known)).toBeGreaterThan(threshold);
  await r.rest();
  await r.until(() => call.isVisible(), 'the page to call the operator');
  await r.ticks(100);
  expect(r.authority.mode).toBe('hold');

  await r.takeOver(page, () => page.keyboard.press('t'));
  await r.until(() => call.isHidden(), 'the page to call no more');
  const from = r.authorities.length;
  await page.keyboard.press('h');
  // The same pose may make it ask again at once.
  const back = () => r.authorities.slice(from).some(({ mode }) => mode === 'policy');
  await r.until(back, 'the policy in command');
});
