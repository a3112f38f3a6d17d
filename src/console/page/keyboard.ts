/** The page by keyboard alone: the space bar stops from anywhere, the rest works outside of fields. */
import type { JogDrive, Twist } from './jog_drive.js';

/** Axis of the twist and direction, by key. */
const TOOL_KEYS: Readonly<Record<string, readonly [number, number]>> = {
  w: [0, 1],
  s: [0, -1],
  a: [1, 1],
  d: [1, -1],
  r: [2, 1],
  f: [2, -1],
  u: [3, 1],
  o: [3, -1],
  i: [4, 1],
  k: [4, -1],
  j: [5, 1],
  l: [5, -1],
};

export const HELP: readonly (readonly [string, string])[] = [
  ['Space', 'e-stop, from anywhere but a text field (Esc leaves it)'],
  ['T', 'take over'],
  ['Esc', 'let go: the arm holds'],
  ['H', 'hand back to the policy'],
  ['1 … 9', 'choose a joint'],
  ['← →', 'jog the chosen joint'],
  ['W S  A D  R F', 'tool forward and back, left and right, up and down'],
  ['U O  I K  J L', 'turn the tool about x, y, z'],
  ['[ ]', 'close and open the gripper'],
  ['B', 'tool moves in base or tool axes'],
  ['+ −', 'faster, slower'],
  ['N', 'write a note'],
  ['?', 'this list'],
];

export interface KeyActions {
  eStop(): void;
  take(): void;
  letGo(): void;
  handBack(): void;
  choose(joint: number): void;
  toggleFrame(): void;
  faster(step: number): void;
  note(): void;
  help(): void;
  /** Name of the chosen joint, and those of the gripper. */
  chosen(): string | undefined;
  gripper(): readonly string[];
}

function inField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type === 'text';
  return target instanceof HTMLTextAreaElement;
}

export class Keyboard {
  readonly #drive: JogDrive;
  readonly #actions: KeyActions;
  readonly #down = new Set<string>();

  constructor(drive: JogDrive, actions: KeyActions) {
    this.#drive = drive;
    this.#actions = actions;
    // Before any element sees it: a focused button must not take the space bar for itself.
    window.addEventListener('keydown', (event) => this.#press(event), { capture: true });
    window.addEventListener('keyup', (event) => this.#lift(event), { capture: true });
    window.addEventListener('blur', () => this.release());
  }

  /** Forgets what is pressed: its end would not be seen. */
  release(): void {
    this.#down.clear();
    this.#apply();
  }

  #press(event: KeyboardEvent): void {
    if (inField(event.target)) {
      if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    if (event.code === 'Space') {
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) this.#actions.eStop();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (this.#jogs(key, event)) {
      event.preventDefault();
      this.#down.add(key);
      this.#apply();
      return;
    }
    // The note's own key must not be written into it.
    if (key === 'n') event.preventDefault();
    if (!event.repeat) this.#act(key);
  }

  #lift(event: KeyboardEvent): void {
    if (event.code === 'Space' && !inField(event.target)) {
      event.preventDefault();
      event.stopPropagation();
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (this.#down.delete(key)) this.#apply();
  }

  /** Whether a key moves something; arrows stay with lists and sliders that have the focus. */
  #jogs(key: string, { target }: KeyboardEvent): boolean {
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      return !(target instanceof HTMLSelectElement || target instanceof HTMLInputElement);
    }
    if (target instanceof HTMLSelectElement) return false;
    return key in TOOL_KEYS || key === '[' || key === ']';
  }

  #act(key: string): void {
    const actions = this.#actions;
    if (key >= '1' && key <= '9') actions.choose(Number(key) - 1);
    else if (key === 't') actions.take();
    else if (key === 'h') actions.handBack();
    else if (key === 'Escape') actions.letGo();
    else if (key === 'b') actions.toggleFrame();
    else if (key === 'n') actions.note();
    else if (key === '?') actions.help();
    else if (key === '+' || key === '=') actions.faster(0.1);
    else if (key === '-') actions.faster(-0.1);
  }

  #apply(): void {
    const twist = [0, 0, 0, 0, 0, 0];
    const joints = new Map<string, number>();
    const add = (joint: string, share: number) =>
      joints.set(joint, (joints.get(joint) ?? 0) + share);
    for (const key of this.#down) {
      const axis = TOOL_KEYS[key];
      if (axis !== undefined) twist[axis[0]] = (twist[axis[0]] ?? 0) + axis[1];
      const chosen = this.#actions.chosen();
      if (key === 'ArrowRight' && chosen !== undefined) add(chosen, 1);
      if (key === 'ArrowLeft' && chosen !== undefined) add(chosen, -1);
      if (key === ']') for (const joint of this.#actions.gripper()) add(joint, 1);
      if (key === '[') for (const joint of this.#actions.gripper()) add(joint, -1);
    }
    this.#drive.setJoints('keys', joints);
    this.#drive.setTwist('keys', twist as unknown as Twist);
  }
}
