/** Which capsules of a robot are to be kept apart, and which may touch, and why. */
import { SinewError } from '../core/error.js';
import type { LinkCapsule } from './collision_shapes.js';
import { trueCapsuleDistance } from './distance.js';
import { buildFrames } from './kinematic_frames.js';
import { Kinematics } from './kinematics.js';
import { PlacedCapsules } from './placed_capsules.js';
import type { JointTree } from './reach.js';

/** Two capsules, by index. */
export interface CapsulePair {
  readonly first: number;
  readonly second: number;
}

/** Two links some or all of whose capsules may touch. */
export interface AllowedLinks {
  readonly links: readonly [string, string];
  readonly why: string;
}

export interface CollisionPairs {
  readonly pairs: readonly CapsulePair[];
  readonly allowed: readonly AllowedLinks[];
}

export interface PairOptions {
  /** The rest pose: positions of the tree's joints in their order, rad. */
  readonly home: readonly number[];
  /** Links that may touch. */
  readonly ignore?: readonly (readonly [string, string])[];
  /** Links that are kept apart though they are neighbours or touch at the rest pose. */
  readonly check?: readonly (readonly [string, string])[];
  /** Capsules nearer than this at the rest pose count as touching, m. Default 0.005. */
  readonly clearance?: number;
  /** What `ignore` and `check` were read from, for error lines. */
  readonly where?: string;
}

/**
 * All pairs of capsules but those of links that no joint moves against each other, of neighbours
 * (links, or sets of rigidly joined links, that one joint joins), and those that touch at the rest
 * pose; then edited by `ignore` and `check`.
 *
 * @throws SinewError for links to ignore or check that do not exist, are in both lists, or are to be
 *   checked but cannot move against each other
 */
export function collisionPairs(
  tree: JointTree,
  capsules: readonly LinkCapsule[],
  options: PairOptions,
): CollisionPairs {
  const { home, ignore = [], check = [], clearance = 0.005, where = 'collision' } = options;
  const bodies = new RigidBodies(tree);
  const edits = new Map<string, 'ignore' | 'check'>();
  for (const [list, kind] of [
    [ignore, 'ignore'],
    [check, 'check'],
  ] as const) {
    for (const links of list) addEdit(edits, bodies, links, kind, `${where}.${kind}`);
  }
  const kinematics = new Kinematics(tree.description, { ...tree, tool: tree.base });
  const placed = new PlacedCapsules(capsules, kinematics);
  kinematics.update(home);
  placed.update();
  const distance = (first: number, second: number) =>
    trueCapsuleDistance(placed.world, placed.offset(first), placed.world, placed.offset(second));

  const pairs: CapsulePair[] = [];
  const allowed = new Map<string, AllowedLinks>();
  const touching = new Map<string, number>();
  capsules.forEach(({ link: one }, first) => {
    capsules.slice(first + 1).forEach(({ link: other }, more) => {
      const second = first + 1 + more;
      const links = [one, other] as const;
      const relation = bodies.relation(one, other);
      if (relation === 'rigid') return;
      const key = linkKey(one, other);
      const edit = edits.get(key);
      if (edit === 'ignore') {
        allowed.set(key, { links, why: 'the settings ignore them' });
      } else if (edit !== 'check' && relation === 'neighbours') {
        allowed.set(key, { links, why: 'neighbours' });
      } else if (edit !== 'check' && distance(first, second) < clearance) {
        const least = Math.min(distance(first, second), touching.get(key) ?? clearance);
        touching.set(key, least);
        allowed.set(key, { links, why: touchingWhy(least) });
      } else {
        pairs.push({ first, second });
      }
    });
  });
  return { pairs, allowed: [...allowed.values()] };
}

function touchingWhy(distance: number): string {
  const size = `${Math.abs(distance * 1000).toFixed(1)} mm`;
  return distance < 0
    ? `capsules overlap by ${size} at the rest pose`
    : `capsules are only ${size} apart at the rest pose`;
}

function addEdit(
  edits: Map<string, 'ignore' | 'check'>,
  bodies: RigidBodies,
  [one, other]: readonly [string, string],
  kind: 'ignore' | 'check',
  where: string,
): void {
  for (const link of [one, other]) {
    if (bodies.links.includes(link)) continue;
    throw new SinewError(`link "${link}" does not exist`, {
      where,
      expected: `one of ${bodies.links.join(', ')}`,
    });
  }
  const key = linkKey(one, other);
  if ((edits.get(key) ?? kind) !== kind) {
    throw new SinewError(`links "${one}" and "${other}" are to be both ignored and checked`, {
      where,
      expected: 'a pair of links in one of the two lists',
    });
  }
  if (kind === 'check' && bodies.relation(one, other) === 'rigid') {
    throw new SinewError(`no joint moves links "${one}" and "${other}" against each other`, {
      where,
      expected: 'two links with a joint between them',
    });
  }
  edits.set(key, kind);
}

/** The same for both orders; link names hold no line breaks. */
function linkKey(one: string, other: string): string {
  return one < other ? `${one}\n${other}` : `${other}\n${one}`;
}

/** Links sorted into sets that no joint of the tree moves against each other. */
class RigidBodies {
  readonly links: readonly string[];
  private readonly bodies = new Map<string, number>();
  private readonly neighbours = new Set<string>();

  constructor({ description, base, joints, fixed }: JointTree) {
    const frames = buildFrames(description, base, joints, fixed);
    const at = new Map([[0, 0], ...frames.map((frame, f) => [frame.at, f + 1] as const)]);
    const body = [0];
    this.bodies.set(base, 0);
    frames.forEach((frame, f) => {
      const parent = body[at.get(frame.parentAt) ?? 0] ?? 0;
      const own = frame.index < 0 ? parent : f + 1;
      body.push(own);
      this.bodies.set(frame.link, own);
      this.neighbours.add(`${parent} ${own}`);
    });
    this.links = [...this.bodies.keys()];
  }

  relation(one: string, other: string): 'rigid' | 'neighbours' | 'apart' {
    const a = this.bodies.get(one) ?? 0;
    const b = this.bodies.get(other) ?? 0;
    if (a === b) return 'rigid';
    const joined = this.neighbours.has(`${a} ${b}`) || this.neighbours.has(`${b} ${a}`);
    return joined ? 'neighbours' : 'apart';
  }
}
