/**
 * A gamepad at this computer, read by SDL 2: its database knows which button is where on hundreds of
 * pads, and it notices those that are plugged in or out. SDL keeps one set of pads for a process.
 */
import koffi, { type LibraryHandle } from 'koffi';
import { SinewError } from '../core/error.js';
import { PAD_BUTTONS, type PadButton } from './config.js';

/** In SDL's order. */
const AXES = ['left_x', 'left_y', 'right_x', 'right_y', 'left_trigger', 'right_trigger'] as const;
export type PadAxis = (typeof AXES)[number];

const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libSDL2-2.0.so.0',
  darwin: 'libSDL2-2.0.0.dylib',
  win32: 'SDL2.dll',
};
const HINTS = {
  // Ctrl-C is for the process, not for SDL.
  SDL_NO_SIGNAL_HANDLERS: '1',
  // There is no window that could have the focus.
  SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS: '1',
  // Buttons are named by their place, whatever is printed on them.
  SDL_GAMECONTROLLER_USE_BUTTON_LABELS: '0',
};
const INIT_GAMECONTROLLER = 0x2000;
const LOG_CRITICAL = 6;
/** An event is smaller; of one of a button, its parts by their place. */
const EVENT_BYTES = 128;
const BUTTON_DOWN = 0x651;
const EVENT_PAD = 8;
const EVENT_BUTTON = 12;
const FULL_TRAVEL = 32767;

/** What of SDL is used; a pad is a pointer. */
interface Sdl {
  poll(event: Buffer): number;
  count(): number;
  known(index: number): number;
  nameOf(index: number): string | null;
  open(index: number): bigint | null;
  close(pad: bigint): void;
  attached(pad: bigint): number;
  joystick(pad: bigint): bigint;
  id(joystick: bigint): number;
  name(pad: bigint): string | null;
  button(pad: bigint, button: number): number;
  axis(pad: bigint, axis: number): number;
}

export class Gamepads {
  /** What is plugged in and SDL knows no buttons of; for a word to the user. */
  unknown: string | undefined;
  readonly #sdl: Sdl;
  readonly #event = Buffer.alloc(EVENT_BYTES);
  readonly #pressed = new Set<PadButton>();
  #pad: bigint | undefined;
  #id = -1;

  /** @throws SinewError where there is no SDL */
  constructor(library?: string) {
    this.#sdl = load(library ?? NAMES[process.platform] ?? 'SDL2');
  }

  /** Of the pad in use, which is the first that was found; undefined without one. */
  get name(): string | undefined {
    return this.#pad === undefined ? undefined : (this.#sdl.name(this.#pad) ?? 'unnamed');
  }

  /** Takes what has come, leaves a pad that is gone, and looks for one where there is none. */
  poll(): void {
    this.#pressed.clear();
    while (this.#sdl.poll(this.#event) === 1) this.#hear();
    // Not both at once: that one has gone is to be seen, even if it is back already.
    if (this.#pad === undefined) this.#find();
    else if (this.#sdl.attached(this.#pad) === 0) this.close();
  }

  held(button: PadButton): boolean {
    return (
      this.#pad !== undefined && this.#sdl.button(this.#pad, PAD_BUTTONS.indexOf(button)) === 1
    );
  }

  /** Whether it went down before the last poll and after the one before, however shortly. */
  pressed(button: PadButton): boolean {
    return this.#pressed.has(button);
  }

  /** −1 to 1, to the right and down; triggers 0 to 1. */
  axis(axis: PadAxis): number {
    if (this.#pad === undefined) return 0;
    return Math.max(-1, this.#sdl.axis(this.#pad, AXES.indexOf(axis)) / FULL_TRAVEL);
  }

  close(): void {
    if (this.#pad !== undefined) this.#sdl.close(this.#pad);
    this.#pad = undefined;
    this.#pressed.clear();
  }

  #hear(): void {
    const event = this.#event;
    if (event.readUInt32LE(0) !== BUTTON_DOWN || this.#pad === undefined) return;
    if (event.readInt32LE(EVENT_PAD) !== this.#id) return;
    const button = PAD_BUTTONS[event.readUInt8(EVENT_BUTTON)];
    if (button !== undefined) this.#pressed.add(button);
  }

  #find(): void {
    const count = this.#sdl.count();
    this.unknown = undefined;
    for (let i = 0; i < count; i++) {
      const pad = this.#sdl.known(i) === 1 ? this.#sdl.open(i) : null;
      if (pad !== null) {
        this.#pad = pad;
        this.#id = this.#sdl.id(this.#sdl.joystick(pad));
        return;
      }
      this.unknown = this.#sdl.nameOf(i) ?? 'unnamed';
    }
  }
}

function load(name: string): Sdl {
  let library: LibraryHandle;
  try {
    library = koffi.load(name);
  } catch (error) {
    throw new SinewError('no SDL 2, which reads gamepads', {
      where: 'teleop.gamepad',
      cure: 'install it (Debian, Ubuntu: sudo apt install libsdl2-2.0-0) or name it (teleop.gamepad.library)',
      cause: error,
    });
  }
  const f = (definition: string) => library.func(definition);
  const hint: (name: string, value: string) => void = f(
    'int SDL_SetHint(const char *, const char *)',
  );
  for (const [name, value] of Object.entries(HINTS)) hint(name, value);
  f('void SDL_LogSetAllPriority(int)')(LOG_CRITICAL);
  if (f('int SDL_Init(uint32_t)')(INIT_GAMECONTROLLER) !== 0) {
    throw new SinewError(`SDL: ${f('const char *SDL_GetError()')()}`, { where: 'teleop.gamepad' });
  }
  return {
    poll: f('int SDL_PollEvent(void *)'),
    count: f('int SDL_NumJoysticks()'),
    known: f('int SDL_IsGameController(int)'),
    nameOf: f('const char *SDL_JoystickNameForIndex(int)'),
    open: f('void *SDL_GameControllerOpen(int)'),
    close: f('void SDL_GameControllerClose(void *)'),
    attached: f('int SDL_GameControllerGetAttached(void *)'),
    joystick: f('void *SDL_GameControllerGetJoystick(void *)'),
    id: f('int SDL_JoystickInstanceID(void *)'),
    name: f('const char *SDL_GameControllerName(void *)'),
    button: f('uint8_t SDL_GameControllerGetButton(void *, int)'),
    axis: f('int16_t SDL_GameControllerGetAxis(void *, int)'),
  };
}
