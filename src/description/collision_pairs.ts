/** Which capsules of a robot are to be kept apart, and which may touch, and why. */
import { SinewError } from '../core/error.js';
import type { LinkCapsule } from './collision_shapes.js';
import { trueCapsuleDistance } from './distance.js';
import { buildFrames, type Frame, frameChains, framesBetween } from './kinematic_frames.js';
import { Kinematics } from './kinematics.js';
import { PlacedCapsules } from './placed_capsules.js';
import type { JointTree } from './reach.js';

/** Two capsules, by index. */
export interface CapsulePair {
  readonly first: number;
  readonly second: number;
}

/** Two links whose capsules may touch: some where `why` says so, else all. */
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
 * All pairs of capsules but those of links that no joint moves against each other, those of
 * neighbours (one carries the other by a single joint, beside fixed ones), and those that touch at
 * the rest pose; then edited by `ignore` and `check`.
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
  const relations = new Relations(tree);
  const edits = new Map<string, 'ignore' | 'check'>();
  for (const [list, kind] of [
    [ignore, 'ignore'],
    [check, 'check'],
  ] as const) {
    for (const links of list) addEdit(edits, relations, links, kind, `${where}.${kind}`);
  }
  const kinematics = new Kinematics(tree.description, { ...tree, tool: tree.base });
  const placed = new PlacedCapsules(capsules, kinematics);
  kinematics.update(home);
  placed.update();
  const distance = (first: number, second: number) =>
    trueCapsuleDistance(placed.world, placed.offset(first), placed.world, placed.offset(second));

  const pairs: CapsulePair[] = [];
  const allowed = new Map<string, AllowedLinks>();
  const touching = new Map<string, number[]>();
  capsules.forEach(({ link: one }, first) => {
    capsules.slice(first + 1).forEach(({ link: other }, more) => {
      const second = first + 1 + more;
      const links = [one, other] as const;
      const relation = relations.of(one, other);
      if (relation === 'rigid') return;
      const key = linkKey(one, other);
      const edit = edits.get(key);
      if (edit === 'ignore') {
        allowed.set(key, { links, why: 'the settings ignore them' });
      } else if (edit !== 'check' && relation === 'neighbours') {
        allowed.set(key, { links, why: 'neighbours' });
      } else if (edit !== 'check' && distance(first, second) < clearance) {
        const distances = [...(touching.get(key) ?? []), distance(first, second)];
        touching.set(key, distances);
        allowed.set(key, { links, why: touchingWhy(distances) });
      } else {
        pairs.push({ first, second });
      }
    });
  });
  return { pairs, allowed: [...allowed.values()] };
}

function touchingWhy(distances: readonly number[]): string {
  const least = Math.min(...distances);
  const size = `${Math.abs(least * 1000).toFixed(1)} mm`;
  const how = least < 0 ? `overlap by up to ${size}` : `are only ${size} apart`;
  return `${distances.length} of their capsule pairs ${how} at the rest pose`;
}

function addEdit(
  edits: Map<string, 'ignore' | 'check'>,
  relations: Relations,
  [one, other]: readonly [string, string],
  kind: 'ignore' | 'check',
  where: string,
): void {
  for (const link of [one, other]) {
    if (relations.links.includes(link)) continue;
    throw new SinewError(`link "${link}" does not exist`, {
      where,
      expected: `one of ${relations.links.join(', ')}`,
    });
  }
  const key = linkKey(one, other);
  if ((edits.get(key) ?? kind) !== kind) {
    throw new SinewError(`links "${one}" and "${other}" are to be both ignored and checked`, {
      where,
      expected: 'a pair of links in one of the two lists',
    });
  }
  if (kind === 'check' && relations.of(one, other) === 'rigid') {
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

/** How links can move against each other. */
class Relations {
  readonly links: readonly string[];
  private readonly chains: ReadonlyMap<string, readonly Frame[]>;

  constructor({ description, base, joints, fixed }: JointTree) {
    this.chains = frameChains(base, buildFrames(description, base, joints, fixed));
    this.links = [...this.chains.keys()];
  }

  of(one: string, other: string): 'rigid' | 'neighbours' | 'apart' {
    const [up, down] = framesBetween(this.chains.get(one) ?? [], this.chains.get(other) ?? []);
    const moving = [...up, ...down].filter(({ index }) => index >= 0).length;
    if (moving === 0) return 'rigid';
    // One carries the other: what only stands on the same ground is no neighbour.
    return moving === 1 && (up.length === 0 || down.length === 0) ? 'neighbours' : 'apart';
  }
}
