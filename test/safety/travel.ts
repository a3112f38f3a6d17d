/** The closed forms of braking as plain functions of speed, acceleration and the two limits. */
import { BrakingTravel } from '../../src/safety/braking.js';

function asked(v: number, a: number, A: number, J: number): BrakingTravel {
  return Object.assign(new BrakingTravel(), { v, a, A, J });
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
