/** Waits, in simulated time, until the position controllers have the joints where a reset wants them. */
import { SinewError } from '../../core/error.js';
import type { GazeboJointState, GazeboWorldOptions } from './gazebo_world.js';

/** A joint nearer than this to where it was put is there (rad or m). */
const PLACED = 0.02;
/** Joints slower than this are at rest (rad/s or m/s). */
const AT_REST = 0.01;
/** Simulated time between two looks at moving joints, and the longest for all, s. */
const SETTLE_STEP = 0.05;
const SETTLE_TIME = 10;

export function isPlaced(targets: ArrayLike<number>, positions: Float64Array): boolean {
  return positions.every((q, i) => Math.abs(q - (targets[i] ?? 0)) < PLACED);
}

/**
 * @param first the state now
 * @param step advances the world by physics steps
 * @returns the state in which all joints are there and at rest
 * @throws SinewError naming the joint that does not get there
 */
export async function settle(
  { timestep, joints }: Pick<GazeboWorldOptions, 'timestep' | 'joints'>,
  targets: ArrayLike<number>,
  first: GazeboJointState,
  step: (n: number) => Promise<GazeboJointState>,
): Promise<GazeboJointState> {
  const atRest = (velocities: Float64Array) => velocities.every((v) => Math.abs(v) <= AT_REST);
  let state = first;
  while (!isPlaced(targets, state.positions) || !atRest(state.velocities)) {
    if (state.time - first.time > SETTLE_TIME) {
      const errors = state.positions.map((position, i) => Math.abs(position - (targets[i] ?? 0)));
      const worst = errors.indexOf(Math.max(...errors));
      throw new SinewError(`does not come to rest in ${SETTLE_TIME} s after a reset`, {
        where: `joint '${joints[worst]}' at ${state.positions[worst]?.toFixed(3)} rad`,
        expected: `${targets[worst]?.toFixed(3)} rad`,
        cure: 'check the gains and the limits of the joints',
      });
    }
    state = await step(Math.max(1, Math.round(SETTLE_STEP / timestep)));
  }
  return state;
}
