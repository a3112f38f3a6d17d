/** The closed forms of braking as plain functions. */
import { Braking } from '../../src/safety/braking.js';

function asked(v: number, a: number, A: number, J: number): Braking {
  return Object.assign(new Braking(), { v, a, A, J });
}

export function peakTravel(v: number, a: number, A: number, J: number): number {
  const braking = asked(v, a, A, J);
  braking.peak();
  return braking.travel;
}

export function restTravel(v: number, a: number, A: number, J: number): number {
  const braking = asked(v, a, A, J);
  braking.rest();
  return braking.travel;
}

export function stopping(v: number, h: number, J: number): number {
  const braking = Object.assign(new Braking(), { v, h, J });
  braking.stop();
  return braking.stopping;
}
