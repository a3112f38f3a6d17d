/** What an operator's hands move the arm by in a real browser: keys, buttons, the 3D view, a gamepad. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { TestBrowser } from './browser.js';
import { type ConsoleRig, shareConsole } from './console_rig.js';
import { PadDouble } from './pad_double.js';

let rig: ConsoleRig;
let browser: TestBrowser;

shareConsole((both) => {
  ({ rig, browser } = both);
});

/** Whether any joint's command has left `start` by more than `by` rad. */
const left = (start: readonly number[], by: number) =>
  rig.commanded.some((q, j) => Math.abs(q - (start[j] ?? q)) > by);

const byKey = (page: Page) => () => page.keyboard.press('t');

describe('jogging', () => {
  it('moves the chosen joint by the arrow keys, and no other', async () => {
    const page = await browser.page(rig.link());
    await rig.takeOver(page, byKey(page));
    await page.keyboard.press('1');
    await rig.rest();
    const start = [...rig.commanded];
    const gesture = {
      take: byKey(page),
      begin: () => page.keyboard.down('ArrowRight'),
      end: () => page.keyboard.up('ArrowRight'),
    };
    const turned = () => (rig.commanded[0] ?? 0) > (start[0] ?? 0) + 0.1;
    await rig.keepUp(page, gesture, turned, 'the pan joint to turn');
    await rig.rest();
    for (const [j, q] of start.entries()) {
      if (j > 0) expect(Math.abs((rig.commanded[j] ?? 9) - q)).toBeLessThan(0.01);
    }
  });

  it('moves the tool up by a button that is held', async () => {
    const page = await browser.page(rig.link());
    const take = () => page.locator('#take').click();
    await rig.takeOver(page, take);
    await rig.rest();
    const start = [...rig.commanded];
    const up = page.getByRole('button', { name: 'tool z+' });
    const gesture = {
      take,
      begin: async () => {
        await up.hover();
        await page.mouse.down();
      },
      end: () => page.mouse.up(),
    };
    await rig.keepUp(page, gesture, () => left(start, 0.05), 'motion');
    await rig.rest();
  });
});

describe('dragging in 3D', () => {
  /**
   * Where in the view the pointer meets the handle; undefined where it does not. One row a frame: a
   * page that stands still for long loses what it commands.
   */
  const grip = (page: Page) =>
    page.evaluate<{ x: number; y: number } | undefined>(`(async () => {
      const canvas = document.querySelector('#arm canvas');
      const box = canvas.getBoundingClientRect();
      for (let y = Math.ceil(box.top); y < box.bottom; y += 10) {
        await new Promise((done) => requestAnimationFrame(done));
        for (let x = Math.ceil(box.left); x < box.right; x += 10) {
          const at = { clientX: x, clientY: y, pointerType: 'mouse' };
          canvas.dispatchEvent(new PointerEvent('pointermove', at));
          const free = document.elementFromPoint(x, y) === canvas;
          if (free && canvas.style.cursor === 'grab') return { x, y };
        }
      }
    })()`);

  it('takes the tool along, and leaves it where it was let go', async () => {
    const page = await browser.page(rig.link());
    await page.locator('#drag').click();
    await rig.takeOver(page, byKey(page));
    await rig.rest();
    const start = [...rig.commanded];
    // Until it has followed: a pull at which the page was no longer in command turned the view instead.
    await rig.until(async () => {
      await rig.takeOver(page, byKey(page));
      const at = await grip(page);
      if (at === undefined) return false;
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
      // To both sides of any arrow's direction, so that one of them is along it.
      await page.mouse.move(at.x + 50, at.y, { steps: 5 });
      await page.mouse.move(at.x + 50, at.y - 50, { steps: 5 });
      await rig.ticks(100);
      await page.mouse.up();
      return left(start, 0.05);
    }, 'the tool to follow');
    await rig.rest();
  });

  it('turns the view and moves nothing while the page does not command', async () => {
    const page = await browser.page(rig.link());
    await page.locator('#drag').click();
    await rig.takeOver(page, byKey(page));
    await page.keyboard.press('Escape');
    await rig.granted(({ mode }) => mode === 'hold', 'holding');
    await rig.rest();
    const start = [...rig.commanded];
    expect(await grip(page)).toBeUndefined();
    const box = await page.locator('#arm canvas').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 200, (box?.y ?? 0) + 200];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 80, y + 40, { steps: 5 });
    await page.mouse.up();
    await rig.ticks(50);
    expect(left(start, 0)).toBe(false);
  });
});

describe('a gamepad', () => {
  it('moves the tool while its deadman is held, and holds when it is released', async () => {
    const page = await browser.page(rig.link(), PadDouble.SCRIPT);
    const pad = new PadDouble(page);
    await pad.plugIn();
    const take = () => pad.pressAnew('deadman');
    // The stick alone moves nothing.
    await pad.set({ axes: [0, -1, 0, 0] });
    await rig.ticks(50);
    expect(rig.authority).toMatchObject({ mode: 'policy', operator: null });
    await pad.set({ axes: [0, 0, 0, 0] });
    await rig.takeOver(page, take);
    await rig.rest();
    const start = [...rig.commanded];
    const gesture = {
      take,
      begin: () => pad.set({ axes: [0, 0, 0, -1] }),
      end: async () => {},
    };
    await rig.keepUp(page, gesture, () => left(start, 0.05), 'the tool to rise');
    // With the stick still pushed.
    await pad.release('deadman');
    await rig.granted(({ mode, deadman }) => mode === 'hold' && deadman === false, 'holding');
    await rig.rest();
    await pad.press('handBack');
    await rig.granted(({ mode }) => mode === 'policy', 'the policy in command');
    await rig.moving();
  });

  it('that is unplugged with the deadman held lets go', async () => {
    const page = await browser.page(rig.link(), PadDouble.SCRIPT);
    const pad = new PadDouble(page);
    await pad.plugIn();
    await rig.takeOver(page, () => pad.pressAnew('deadman'));
    await pad.unplug();
    await rig.granted(({ mode, deadman }) => mode === 'hold' && deadman === false, 'holding');
    await rig.rest();
  });

  it('stops the arm by its e-stop button, without the deadman', async () => {
    const page = await browser.page(rig.link(), PadDouble.SCRIPT);
    const pad = new PadDouble(page);
    await pad.plugIn();
    await pad.press('eStop');
    await rig.granted(({ phase }) => phase === 'e_stop', 'the e-stop');
  });
});

describe('without a pointer', () => {
  it('an operator takes over, moves tool and gripper, hands back, stops, resets and activates', async () => {
    const page = await browser.page(rig.link());
    const keys = page.keyboard;
    await rig.takeOver(page, byKey(page));
    await rig.rest();
    for (const [key, by] of [
      ['r', 0.03],
      [']', 0.03],
    ] as const) {
      const start = [...rig.commanded];
      const gesture = { take: byKey(page), begin: () => keys.down(key), end: () => keys.up(key) };
      await rig.keepUp(page, gesture, () => left(start, by), `motion by ${key}`);
      await rig.rest();
    }
    await rig.takeOver(page, byKey(page));
    await keys.press('h');
    await rig.granted(({ mode }) => mode === 'policy', 'the policy in command');
    await keys.press('Space');
    await rig.granted(({ phase }) => phase === 'e_stop', 'the e-stop');
    for (const [id, phase] of [
      ['reset', 'inactive'],
      ['activate', 'active'],
    ] as const) {
      await rig.until(() => page.locator(`#${id}`).isEnabled(), `${id} to be offered`);
      await rig.until(async () => {
        await keys.press('Tab');
        return page.evaluate<boolean>(`document.activeElement?.id === '${id}'`);
      }, `the focus on ${id}`);
      await keys.press('Enter');
      await rig.granted((authority) => authority.phase === phase, phase);
    }
  });
});
