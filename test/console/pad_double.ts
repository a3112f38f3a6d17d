/**
 * A gamepad for the page: headless Chromium finds none, so the page's own `navigator.getGamepads` is
 * answered by what the test has set, in the standard layout.
 */
import type { Page } from 'playwright-core';

const BUTTONS = { eStop: 1, handBack: 3, deadman: 4 } as const;
type Button = keyof typeof BUTTONS;

export class PadDouble {
  /** To run in the page before its own scripts. */
  static readonly SCRIPT = `
    window.pad = {
      id: 'a pad', index: 0, mapping: 'standard', connected: false, axes: [0, 0, 0, 0],
      buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
    };
    navigator.getGamepads = () => [window.pad.connected ? window.pad : null];`;

  constructor(readonly page: Page) {}

  plugIn(): Promise<void> {
    return this.#do('window.pad.connected = true;');
  }

  unplug(): Promise<void> {
    return this.#do('window.pad.connected = false;');
  }

  set({ axes }: { readonly axes: readonly number[] }): Promise<void> {
    return this.#do(`window.pad.axes = ${JSON.stringify(axes)};`);
  }

  press(button: Button): Promise<void> {
    return this.#button(button, true);
  }

  release(button: Button): Promise<void> {
    return this.#button(button, false);
  }

  /** Also where it is down already. */
  async pressAnew(button: Button): Promise<void> {
    await this.release(button);
    await this.press(button);
  }

  #button(button: Button, pressed: boolean): Promise<void> {
    const state = { pressed, touched: pressed, value: pressed ? 1 : 0 };
    return this.#do(`window.pad.buttons[${BUTTONS[button]}] = ${JSON.stringify(state)};`);
  }

  /** The page looks at it once a frame: waits until it surely has. */
  async #do(script: string): Promise<void> {
    await this.page.evaluate(`new Promise((done) => {
      ${script}
      requestAnimationFrame(() => requestAnimationFrame(() => done(null)));
    })`);
  }
}
