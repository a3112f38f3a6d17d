/**
 * The teleop process beside gamepads that messages plug in, press and pull out. SDL has virtual ones,
 * which only the process sees that made them, so this one becomes the teleop process itself.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import koffi from 'koffi';
import { PAD_BUTTONS, type PadButton } from '../../src/teleop/config.js';

/** One thing that hands do; `tap` presses and releases before anybody can look. */
export type PadAct =
  | { readonly do: 'plug'; readonly known: boolean; readonly hold?: PadButton }
  | { readonly do: 'unplug' }
  | { readonly do: 'press' | 'release' | 'tap'; readonly button: PadButton }
  /** By SDL's number; −1 to 1. */
  | { readonly do: 'push'; readonly axis: number; readonly to: number };

const JOYSTICK = 0x200;
const GAME_CONTROLLER = 1;
const AXES = 6;
const sdl = koffi.load('libSDL2-2.0.so.0');
const call = (definition: string, ...args: unknown[]): unknown => sdl.func(definition)(...args);
let pad: unknown;

function set(button: PadButton, value: number): void {
  const number = PAD_BUTTONS.indexOf(button);
  call('int SDL_JoystickSetVirtualButton(void *, int, uint8_t)', pad, number, value);
}

function act(what: PadAct): void {
  if (what.do === 'plug') {
    const kind = what.known ? GAME_CONTROLLER : 0;
    const definition = 'int SDL_JoystickAttachVirtual(int, int, int, int)';
    const index = call(definition, kind, AXES, PAD_BUTTONS.length, 0);
    pad = call('void *SDL_JoystickOpen(int)', index);
    if (what.hold !== undefined) set(what.hold, 1);
  } else if (what.do === 'unplug') {
    call('int SDL_JoystickDetachVirtual(int)', 0);
  } else if (what.do === 'push') {
    const value = Math.round(32767 * what.to);
    call('int SDL_JoystickSetVirtualAxis(void *, int, int16_t)', pad, what.axis, value);
  } else {
    set(what.button, what.do === 'release' ? 0 : 1);
    if (what.do !== 'tap') return;
    call('void SDL_JoystickUpdate()');
    set(what.button, 0);
  }
}

process.on('message', async (what: PadAct) => {
  while (call('uint32_t SDL_WasInit(uint32_t)', JOYSTICK) === 0) await sleep(10);
  act(what);
});

const teleop = join(resolve(import.meta.dirname, '../..'), 'dist/app/teleop.js');
await import(pathToFileURL(teleop).href);
