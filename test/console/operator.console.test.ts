/** An operator at a real browser, over real ROS 2 and the simulator: stop, take over, hand back, lose. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Reason } from '../../src/safety/reasons.js';
import type { TestBrowser } from './browser.js';
import { type ConsoleRig, holds, shareConsole } from './console_rig.js';

/** Resolution of the log's time stamps, s. */
const STAMP_S = 0.001;

let rig: ConsoleRig;
let browser: TestBrowser;

shareConsole((both) => {
  ({ rig, browser } = both);
});

/** When the controller heard of the e-stop, ROS time in s. */
async function heardAt(from: number): Promise<number> {
  const { errors } = rig.part('controller');
  const find = () => errors.slice(from).find((line) => line.includes('e-stop engaged by service'));
  await rig.until(() => find() !== undefined, 'the e-stop in the controller’s log');
  return Number(JSON.parse(find() ?? '{}').time) / 1000;
}

/** Every tick that began after the e-stop was heard is one of stopping. */
async function stopsAtTheNextTick(press: () => Promise<void>): Promise<void> {
  // A policy that a busy machine holds up stands by itself; stopping is to be something.
  const stands = () => rig.rows.at(-1)?.reason.every((code) => code === Reason.stop) !== false;
  await rig.until(() => !stands(), 'motion by the policy');
  const from = rig.part('controller').errors.length;
  const row = rig.rows.length;
  await press();
  const heard = await heardAt(from);
  await rig.granted(({ phase }) => phase === 'e_stop', 'the e-stop');
  await rig.until(
    () => rig.rows.length > row && (rig.rows.at(-1)?.time ?? 0) > heard + 0.1,
    'ticks',
  );
  const after = rig.rows.slice(row).filter(({ time }) => time > heard + STAMP_S);
  expect(after.length).toBeGreaterThan(5);
  for (const { reason } of after) expect(reason.every((code) => code === Reason.stop)).toBe(true);
}

const mode = (page: Page) =>
  page
    .locator('#mode')
    .textContent()
    .then((text) => text ?? '');

describe('the e-stop', () => {
  it('stops by mouse at the tick after it arrived, and a reset does not resume', async () => {
    const page = await browser.page(rig.link());
    await rig.until(async () => /Active/.test(await mode(page)), 'the page to show the mode');
    await stopsAtTheNextTick(() => page.locator('#e-stop').click());
    await rig.until(async () => (await mode(page)) === 'E-STOP', 'the page to show the e-stop');
    await page.locator('#reset').click();
    await rig.granted(({ phase }) => phase === 'inactive', 'the reset');
    await rig.until(async () => /Inactive/.test(await mode(page)), 'the page to show the reset');
    const [first] = rig.rows.slice(-1);
    await page.locator('#activate').click();
    await rig.granted(({ phase }) => phase === 'active', 'the activation');
    expect(first?.commanded.length).toBe(6);
  });

  it('stops by the space bar, whatever has the focus', async () => {
    const page = await browser.page(rig.link());
    await rig.until(async () => /Active/.test(await mode(page)), 'the page to show the mode');
    await page.locator('#take').focus();
    await stopsAtTheNextTick(() => page.keyboard.press('Space'));
    // The button that had the focus was not pressed by it.
    expect(rig.authority.operator).toBeNull();
  });

  it('leaves the space bar to a note that is being written, until Esc', async () => {
    const page = await browser.page(rig.link());
    await rig.until(async () => /Active/.test(await mode(page)), 'the page to show the mode');
    await page.keyboard.press('n');
    await rig.until(
      () => page.evaluate<boolean>('document.activeElement?.tagName === "INPUT"'),
      'the note to have the focus',
    );
    await page.keyboard.type('cube slipped');
    await page.keyboard.press('Enter');
    await rig.until(() => rig.episodes.length > 0, 'the note');
    expect(rig.episodes.at(-1)).toMatchObject({ event: 'note', note: 'cube slipped' });
    expect(rig.authority.phase).toBe('active');
    await page.keyboard.press('n');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Space');
    await rig.granted(({ phase }) => phase === 'e_stop', 'the e-stop');
  });
});

describe('taking over', () => {
  it('stops the policy, holds when let go, and goes on by handing back', async () => {
    const page = await browser.page(rig.link());
    await rig.takeOver(page, () => page.keyboard.press('t'));
    expect(Object.values(rig.authority.groups)).toEqual(['operator', 'operator']);
    await rig.until(
      async () =>
        /this page/.test(
          await page
            .locator('#operator')
            .textContent()
            .then((text) => text ?? ''),
        ),
      'the page to know that it commands',
    );
    await page.keyboard.press('Escape');
    await rig.granted(({ mode }) => mode === 'hold', 'holding');
    await page.keyboard.press('h');
    await rig.granted(({ mode }) => mode === 'policy', 'the policy in command');
    await rig.moving();
    // Why the robot was held is said no longer than it is.
    await page.waitForFunction(`document.querySelector('#operate > .hint').textContent === ''`);
  });

  it('by group leaves the others to the policy, and gives single groups back', async () => {
    const page = await browser.page(rig.link());
    await page.locator('#take-mode').selectOption('shared');
    // What a busy machine made the page let go of is taken again.
    const reached = (arm: string, gripper: string, act: () => Promise<void>) =>
      rig.until(async () => {
        const { groups } = rig.authority;
        if (groups['arm'] === arm && groups['gripper'] === gripper) return true;
        await act();
        return false;
      }, `arm: ${arm}, gripper: ${gripper}`);
    const take = async (group: string) => {
      const button = page.locator(`[data-take="${group}"]`);
      if ((await button.getAttribute('aria-pressed')) !== 'true') await button.click();
    };
    await reached('policy', 'operator', () => take('gripper'));
    await reached('operator', 'operator', async () => {
      await take('gripper');
      await take('arm');
    });
    await reached('operator', 'policy', async () => {
      await take('arm');
      const give = page.locator('[data-give="gripper"]');
      if (await give.isEnabled()) await give.click();
    });
    await reached('policy', 'policy', async () => {
      await take('arm');
      const back = page.locator('#hand-back');
      if (await back.isEnabled()) await back.click();
    });
    await rig.granted(({ mode }) => mode === 'policy', 'the policy in command');
  });

  it('is refused to a second page, which is told who holds it', async () => {
    const first = await browser.page(rig.link());
    const second = await browser.page(rig.link());
    const told = second.locator('.notice', { hasText: 'holds authority' });
    await rig.until(async () => {
      await rig.takeOver(first, () => first.keyboard.press('t'));
      const { operator: holder, refused } = rig.authority;
      // The first, once it holds, is the one that goes on holding.
      if (refused.length > 0) expect(refused).not.toContain(holder);
      if (!(await holds(second))) await second.keyboard.press('t');
      return (await told.count()) > 0;
    }, 'the second page to be told');
    expect(rig.authorities.some(({ refused }) => refused.length === 1)).toBe(true);
    // The second may stop it all the same.
    await second.keyboard.press('Space');
    await rig.granted(({ phase }) => phase === 'e_stop', 'the e-stop');
  });
});

describe('the operator’s name', () => {
  it('is asked for, told to the others, and known again when the page comes back', async () => {
    const page = await browser.page(rig.link());
    const field = page.locator('#operator-name');
    await field.fill('Ann Example');
    await field.press('Enter');
    await rig.takeOver(page, () => page.keyboard.press('t'));
    expect(rig.authority.name).toBe('Ann Example');
    const other = await browser.page(rig.link());
    await other.locator('#operator', { hasText: 'Ann Example' }).waitFor();
    expect(await other.locator('#operator-name').inputValue()).toBe('Ann Example');
  });
});

describe('a link that is cut with the deadman held', () => {
  it('holds at the time-out; neither the mended link nor what it delivers late moves anything', async () => {
    const page = await browser.page(rig.link('wire'));
    await rig.takeOver(page, () => page.keyboard.press('t'));
    rig.wire.cut();
    await rig.granted(({ mode, deadman }) => mode === 'hold' && deadman === false, 'holding');
    await page.locator('#alarm .lost', { hasText: 'CONSOLE LOST' }).waitFor();
    const before = rig.authorities.length;
    rig.wire.mend();
    await page.locator('#alarm .lost').waitFor({ state: 'detached' });
    await rig.until(() => rig.authorities.length > before + 10, 'more words on authority');
    for (const { mode, deadman } of rig.authorities.slice(before)) {
      expect([mode, deadman]).toEqual(['hold', false]);
    }
    // A new gesture counts again.
    await page.keyboard.press('Escape');
    await rig.takeOver(page, () => page.keyboard.press('t'));
  });

  it('holds when the page is closed', async () => {
    const page = await browser.page(rig.link());
    await rig.takeOver(page, () => page.keyboard.press('t'));
    await page.close();
    await rig.granted(({ mode }) => mode === 'hold', 'holding');
  });
});

describe('what is lost', () => {
  it('is said unmissably: the controller, killed', async () => {
    const page = await browser.page(rig.link());
    rig.part('controller').kill('SIGKILL');
    await page.locator('#alarm .lost', { hasText: 'CONTROLLER LOST' }).waitFor();
    expect(await page.title()).toContain('CONTROLLER LOST');
    rig.start('controller');
    await page.locator('#alarm .lost').waitFor({ state: 'detached' });
  });

  it('is said unmissably: the console, frozen', async () => {
    const page = await browser.page(rig.link());
    await rig.until(async () => /Active/.test(await mode(page)), 'the page to show the mode');
    rig.part('console').kill('SIGSTOP');
    await page.locator('#alarm .lost', { hasText: 'CONSOLE LOST' }).waitFor();
    rig.part('console').kill('SIGCONT');
    await page.locator('#alarm .lost').waitFor({ state: 'detached' });
  });
});
