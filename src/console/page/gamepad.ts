/**
 * A gamepad by the browser's Gamepad API, in its standard layout: the left shoulder button is the
 * deadman, the right lower button of the four is the e-stop, sticks and triggers move the tool.
 */
import type { JogDrive, Twist } from './jog_drive.js';

const DEADMAN = 4;
const E_STOP = 1;
const HAND_BACK = 3;
const CLOSE = 6;
const OPEN = 7;
/** Stick travel that counts as none. */
const DEAD_ZONE = 0.12;

export interface GamepadActions {
  eStop(): void;
  take(): void;
  letGo(): void;
  handBack(): void;
  gripper(): readonly string[];
}

export class Gamepads {
  readonly #drive: JogDrive;
  readonly #actions: GamepadActions;
  #pressed: readonly boolean[] = [];
  /** Name of the gamepad in use; undefined without one. */
  name: string | undefined;

  constructor(drive: JogDrive, actions: GamepadActions) {
    this.#drive = drive;
    this.#actions = actions;
  }

  /** Reads it; to be called every frame. */
  poll(): void {
    const pad = navigator.getGamepads().find((found) => found?.connected === true);
    if (pad === null || pad === undefined) {
      // Unplugged with the deadman held: that is letting go.
      if (this.#pressed[DEADMAN] === true) this.#actions.letGo();
      if (this.name !== undefined) this.#still();
      this.name = undefined;
      this.#pressed = [];
      return;
    }
    this.name = pad.id;
    const pressed = pad.buttons.map(({ pressed }) => pressed);
    const went = (button: number) => pressed[button] === true && this.#pressed[button] !== true;
    if (went(E_STOP)) this.#actions.eStop();
    if (went(DEADMAN)) this.#actions.take();
    if (pressed[DEADMAN] !== true && this.#pressed[DEADMAN] === true) this.#actions.letGo();
    if (went(HAND_BACK)) this.#actions.handBack();
    this.#pressed = pressed;
    if (pressed[DEADMAN] === true) this.#move(pad);
    else this.#still();
  }

  #move({ axes, buttons }: Gamepad): void {
    const stick = (i: number) => shaped(axes[i] ?? 0);
    const button = (i: number) => buttons[i]?.value ?? 0;
    const turn = button(15) - button(14);
    const tilt = button(12) - button(13);
    const twist: Twist = [-stick(1), -stick(0), -stick(3), turn, tilt, -stick(2)];
    this.#drive.setTwist('gamepad', twist);
    const grip = button(OPEN) - button(CLOSE);
    this.#drive.setJoints(
      'gamepad',
      new Map(grip === 0 ? [] : this.#actions.gripper().map((joint) => [joint, grip])),
    );
  }

  #still(): void {
    this.#drive.setTwist('gamepad', [0, 0, 0, 0, 0, 0]);
    this.#drive.setJoints('gamepad', new Map());
  }
}

/** A stick's travel without its dead zone, finer near the middle. */
export function shaped(value: number): number {
  const size = Math.abs(value);
  if (size <= DEAD_ZONE) return 0;
  return Math.sign(value) * ((size - DEAD_ZONE) / (1 - DEAD_ZONE)) ** 1.5;
}
