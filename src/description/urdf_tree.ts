/** Checks that links and joints form one tree, and orders the joints from the root outwards. */
import { SinewError } from '../core/error.js';
import type { Joint, Link } from './robot_description.js';

/** The root link, and the joints in an order in which each follows those that carry it. */
export interface Tree {
  readonly root: string;
  readonly joints: Map<string, Joint>;
}

/**
 * @throws SinewError naming file and line: a joint between links that do not exist, a link with two
 *   parents, a cycle, no link or several roots, a mimic of nothing, of itself or of a mimic
 */
export function orderTree(
  links: ReadonlyMap<string, Link>,
  joints: ReadonlyMap<string, Joint>,
  file: string,
): Tree {
  const fail = (line: number, what: string, expected: string) =>
    new SinewError(what, { where: `${file}:${line}`, expected });
  const parentJoint = new Map<string, Joint>();
  const childJoints = new Map<string, Joint[]>();
  for (const joint of joints.values()) {
    for (const [role, link] of [
      ['parent', joint.parent],
      ['child', joint.child],
    ] as const) {
      if (links.has(link)) continue;
      throw fail(
        joint.line,
        `${role} link "${link}" of joint "${joint.name}" does not exist`,
        `one of ${[...links.keys()].slice(0, 12).join(', ')}`,
      );
    }
    const other = parentJoint.get(joint.child);
    if (other !== undefined) {
      throw fail(
        joint.line,
        `link "${joint.child}" is the child of both "${other.name}" and "${joint.name}"`,
        'one parent joint for each link',
      );
    }
    parentJoint.set(joint.child, joint);
    const siblings = childJoints.get(joint.parent);
    if (siblings === undefined) childJoints.set(joint.parent, [joint]);
    else siblings.push(joint);
    checkMimic(joint, joints, fail);
  }

  const roots = [...links.values()].filter((link) => !parentJoint.has(link.name));
  const [root, second] = roots;
  if (second !== undefined) {
    throw fail(
      second.line,
      `${roots.length} root links: ${roots.map((link) => link.name).join(', ')}`,
      'one link without a parent joint',
    );
  }
  const ordered = new Map<string, Joint>();
  const queue = root === undefined ? [] : [root.name];
  for (let link = queue.shift(); link !== undefined; link = queue.shift()) {
    for (const joint of childJoints.get(link) ?? []) {
      ordered.set(joint.name, joint);
      queue.push(joint.child);
    }
  }
  // Each link has at most one parent, so what the root does not reach hangs on a cycle.
  const stray = [...joints.values()].find((joint) => !ordered.has(joint.name));
  if (stray !== undefined) {
    throw fail(stray.line, `joint "${stray.name}" is part of, or hangs on, a cycle`, 'a tree');
  }
  if (root === undefined) throw fail(1, 'the robot has no link', 'at least one');
  return { root: root.name, joints: ordered };
}

function checkMimic(
  joint: Joint,
  joints: ReadonlyMap<string, Joint>,
  fail: (line: number, what: string, expected: string) => SinewError,
): void {
  if (joint.mimic === undefined) return;
  const source = joints.get(joint.mimic.joint);
  if (
    source === undefined ||
    source === joint ||
    source.type === 'fixed' ||
    source.mimic !== undefined
  ) {
    throw fail(
      joint.line,
      `joint "${joint.name}" mimics "${joint.mimic.joint}"`,
      'another movable joint that mimics nothing',
    );
  }
}
