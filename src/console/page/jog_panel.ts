/** Buttons to jog joints and tool by, speed and axes; pressed is moving, released is still. */
import type { StateMessage, Welcome } from '../protocol.js';
import { h, mark, place, say, words } from './dom.js';
import type { JogDrive, Twist } from './jog_drive.js';

const PAD: readonly (readonly [string, number, number])[] = [
  ['x+', 0, 1],
  ['y+', 1, 1],
  ['z+', 2, 1],
  ['rx+', 3, 1],
  ['ry+', 4, 1],
  ['rz+', 5, 1],
  ['x−', 0, -1],
  ['y−', 1, -1],
  ['z−', 2, -1],
  ['rx−', 3, -1],
  ['ry−', 4, -1],
  ['rz−', 5, -1],
];

export class JogPanel {
  readonly #drive: JogDrive;
  readonly #welcome: Welcome;
  readonly #names: HTMLElement[] = [];
  readonly #values: HTMLElement[] = [];
  readonly #buttons: HTMLButtonElement[] = [];
  readonly #frame: HTMLSelectElement;
  readonly #speed: HTMLInputElement;
  readonly #hint = h('p', { class: 'hint' }, 'Take over to jog.');
  #chosen = 0;

  constructor(welcome: Welcome, drive: JogDrive, onFrame: () => void) {
    this.#drive = drive;
    this.#welcome = welcome;
    const rows = welcome.robot.joints.flatMap((joint, i) => this.#row(joint.name, i));
    const pad = PAD.map(([text, axis, sign]) =>
      this.#press(text, `tool ${text}`, (on) => {
        const twist = [0, 0, 0, 0, 0, 0];
        twist[axis] = on ? sign : 0;
        drive.setTwist('buttons', twist as unknown as Twist);
      }),
    );
    this.#frame = h(
      'select',
      { 'aria-label': 'axes of the tool’s motion' },
      h('option', { value: 'base' }, 'base axes'),
      h('option', { value: 'tool' }, 'tool axes'),
    );
    this.#frame.addEventListener('change', () => {
      drive.frame = this.#frame.value === 'tool' ? 'tool' : 'base';
      onFrame();
    });
    this.#speed = h('input', {
      type: 'range',
      min: 5,
      max: 100,
      value: 35,
      'aria-label': 'jog speed',
    });
    this.#speed.style.flex = '1';
    this.#speed.addEventListener('input', () => {
      drive.speed = Number(this.#speed.value) / 100;
    });
    place('jog').replaceChildren(
      h('h2', {}, 'Jog'),
      h('div', { class: 'row' }, h('span', {}, 'Speed'), this.#speed),
      h('div', { class: 'joints' }, ...rows),
      h('div', { class: 'pad' }, ...pad),
      h('div', { class: 'row even' }, this.#frame),
      this.#hint,
    );
    this.choose(0);
    this.allow(false);
  }

  /** Name of the joint that the arrow keys move. */
  get chosen(): string | undefined {
    return this.#welcome.robot.joints[this.#chosen]?.name;
  }

  choose(joint: number): void {
    if (joint >= this.#names.length) return;
    this.#chosen = joint;
    this.#names.forEach((name, i) => {
      mark(name, 'chosen', String(i === joint));
    });
  }

  toggleFrame(): void {
    this.#frame.value = this.#frame.value === 'base' ? 'tool' : 'base';
    this.#frame.dispatchEvent(new Event('change'));
  }

  faster(step: number): void {
    const speed = Math.max(0.05, Math.min(1, this.#drive.speed + step));
    this.#drive.speed = speed;
    this.#speed.value = String(Math.round(speed * 100));
  }

  /** Whether jogging does anything. */
  allow(allowed: boolean): void {
    for (const button of this.#buttons) button.disabled = !allowed;
    this.#hint.hidden = allowed;
  }

  state({ joints }: StateMessage): void {
    if (joints === null) return;
    this.#values.forEach((value, i) => {
      const sliding = this.#welcome.robot.joints[i]?.sliding === true;
      const q = joints[i] ?? Number.NaN;
      say(value, sliding ? `${(q * 1000).toFixed(0)} mm` : `${((q * 180) / Math.PI).toFixed(1)}°`);
    });
  }

  #row(joint: string, index: number): HTMLElement[] {
    const name = h('span', {}, h('kbd', {}, String(index + 1)), ` ${words(joint)}`);
    const value = h('output', {}, '–');
    this.#names.push(name);
    this.#values.push(value);
    const press = (text: string, sign: number) =>
      this.#press(text, `${words(joint)} ${sign > 0 ? 'up' : 'down'}`, (on) => {
        this.choose(index);
        this.#drive.setJoints('buttons', new Map(on ? [[joint, sign]] : []));
      });
    return [name, value, press('−', -1), press('+', 1)];
  }

  /** A button that acts while it is pressed, by pointer or by Enter. */
  #press(text: string, label: string, act: (on: boolean) => void): HTMLButtonElement {
    const button = h('button', { type: 'button', 'aria-label': label, disabled: true }, text);
    button.addEventListener('pointerdown', (event) => {
      button.setPointerCapture(event.pointerId);
      act(true);
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture', 'blur'] as const) {
      button.addEventListener(end, () => act(false));
    }
    button.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') act(true);
    });
    button.addEventListener('keyup', ({ key }) => {
      if (key === 'Enter') act(false);
    });
    button.addEventListener('contextmenu', (event) => event.preventDefault());
    this.#buttons.push(button);
    return button;
  }
}
