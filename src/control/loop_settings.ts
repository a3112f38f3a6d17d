/**
 * The loop's settings that may change in motion, and the declared bounds of those that the safety
 * filter is given: checked before they reach shared memory, and clamped once more in the tick.
 */
import { SinewError } from '../core/error.js';
import { clamp } from '../core/vector.js';
import type { BarrierSettings } from '../safety/options.js';

/** Settings as they are handed over; of the safety ones, those absent keep the value at the start. */
export interface LoopSettings {
  /** s */
  blendS: number;
  /** 0: linear. */
  cubic: number;
  /** s */
  jointStateTimeoutS: number;
  /** s */
  chunkTimeoutS: number;
  /** Manual mode, with its own tool speed: 0 for off. */
  manual?: number;
  /** Of the barriers; see BarrierSettings. 1/s, m, m. */
  barrierGain?: number;
  selfMargin?: number;
  sceneMargin?: number;
}

/** The settings in the order in which they stand in shared memory. */
export const SETTINGS = [
  'blendS',
  'cubic',
  'jointStateTimeoutS',
  'chunkTimeoutS',
  'manual',
  'barrierGain',
  'selfMargin',
  'sceneMargin',
] as const satisfies readonly (keyof LoopSettings)[];

/** Ranges, least and most, in which the barriers' settings may be changed while running. */
export interface BarrierBounds {
  /** 1/s */
  readonly gain: readonly [number, number];
  /** m, for both margins. */
  readonly margin: readonly [number, number];
}

/** @throws SinewError when a setting is not finite or outside its declared bounds */
export function checkSettings(settings: LoopSettings, bounds: BarrierBounds): void {
  for (const key of SETTINGS) {
    const value = settings[key];
    if (value === undefined) continue;
    const [least, most] = range(key, bounds);
    if (Number.isFinite(value) && value >= least && value <= most) continue;
    throw new SinewError(`${key} is ${value}`, {
      where: 'settings of the controller',
      expected: `a number from ${least} to ${most}`,
    });
  }
}

function range(key: keyof LoopSettings, bounds: BarrierBounds): readonly [number, number] {
  if (key === 'barrierGain') return bounds.gain;
  if (key === 'selfMargin' || key === 'sceneMargin') return bounds.margin;
  return key === 'cubic' || key === 'manual' ? [0, 1] : [0, Number.POSITIVE_INFINITY];
}

/** Sets `out` to the barriers' settings inside their bounds; what is no number to `initial`. */
export function boundBarrier(
  settings: LoopSettings,
  initial: Readonly<BarrierSettings>,
  bounds: BarrierBounds,
  out: BarrierSettings,
): void {
  out.gain = bounded(settings.barrierGain, initial.gain, bounds.gain);
  out.selfMargin = bounded(settings.selfMargin, initial.selfMargin, bounds.margin);
  out.sceneMargin = bounded(settings.sceneMargin, initial.sceneMargin, bounds.margin);
}

function bounded(
  value: number | undefined,
  initial: number,
  [least, most]: readonly [number, number],
): number {
  return value === undefined || Number.isNaN(value) ? initial : clamp(value, least, most);
}
