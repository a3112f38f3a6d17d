// The steps of the set-up in their order, and the message about what is missing.
import { buildStep } from './build_step.mjs';
import { npmStep } from './npm_step.mjs';
import { SetupError } from './progress.mjs';
import { rclnodejsStep } from './rclnodejs_step.mjs';
import { rosStep } from './ros_step.mjs';

/**
 * @typedef {object} Step
 * @property {string} title what the user reads
 * @property {() => boolean} isCurrent whether all is as it would leave it; quick
 * @property {() => {what: string, packages: string[]}[]} needs what this system lacks for it
 * @property {(tools: {run: Function}) => Promise<void>} work
 */

/** @type {Step[]} */
export const STEPS = [npmStep, rosStep, rclnodejsStep, buildStep];

/**
 * The steps to run now. A fresh node_modules has no built rclnodejs, so that follows npm's step.
 * @returns {Step[]}
 */
export function dueSteps(steps = STEPS) {
  const stale = new Set(steps.filter((step) => !step.isCurrent()));
  if (stale.has(npmStep)) stale.add(rclnodejsStep);
  return steps.filter((step) => stale.has(step));
}

/** Oldest Node that runs the project. */
export const NODE_MAJOR = 20;

/** @throws SetupError if the running Node is too old */
export function checkNode(version = process.versions.node) {
  if (Number(version.split('.')[0]) >= NODE_MAJOR) return;
  throw new SetupError(`Node ${version} is too old: sinew needs Node ${NODE_MAJOR} or newer`);
}
