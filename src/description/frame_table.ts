/** Joint frames as flat numbers: what forward kinematics reads in every tick, laid out for speed. */
import type { Frame } from './kinematic_frames.js';
import { multiply, setIdentity, setRotation, TRANSFORM_SIZE } from './transform.js';

/** How a frame moves in its parent. */
const RIGID = 0;
const TURNING = 1;
const SLIDING = 2;

/**
 * Numbers of a frame's pose in its parent. A turn by v about its axis has the rotation
 * R₀ + cos(v) R₁ + sin(v) R₂ (Rodrigues' formula with the joint's origin multiplied in): three 3×3
 * blocks, row-major. Then the translation, and its change for each unit of sliding.
 */
const LOCAL_SIZE = 33;
const COSINE = 9;
const SINE = 18;
const TRANSLATION = 27;
const SLIDE = 30;

/** Places frames one by one, parents first; nothing allocates but the constructor. */
export class FrameTable {
  /** Unit axes in the base frame, 3 numbers a frame, as last placed; 0 for rigid frames. */
  readonly axes: Float64Array;
  /** 1 for frames that turn with a joint of `q`, 2 for those that slide, 0 for others. */
  readonly kinds: Uint8Array;
  /** Joint of `q` that moves the frame; −1 for rigid frames. */
  readonly indices: Int32Array;
  /** Frame's position for each unit of that joint's. */
  readonly multipliers: Float64Array;
  /** Offset of the frame's pose in the block of poses. */
  readonly offsets: Int32Array;
  private readonly parents: Int32Array;
  private readonly shifts: Float64Array;
  private readonly local: Float64Array;
  private readonly localAxes: Float64Array;

  constructor(frames: readonly Frame[]) {
    const count = frames.length;
    this.axes = new Float64Array(3 * count);
    this.kinds = new Uint8Array(count);
    this.indices = new Int32Array(count).fill(-1);
    this.multipliers = new Float64Array(count);
    this.offsets = Int32Array.from(frames, (frame) => frame.at);
    this.parents = Int32Array.from(frames, (frame) => frame.parentAt);
    this.shifts = new Float64Array(count);
    this.local = new Float64Array(LOCAL_SIZE * count);
    this.localAxes = new Float64Array(3 * count);
    frames.forEach((frame, f) => {
      if (frame.index < 0) this.setRigid(f, framePose(frame, frame.offset));
      else this.setMoving(f, frame);
    });
  }

  private setRigid(f: number, pose: Float64Array): void {
    const at = LOCAL_SIZE * f;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        this.local[at + 3 * row + column] = pose[4 * row + column] ?? 0;
      }
      this.local[at + TRANSLATION + row] = pose[4 * row + 3] ?? 0;
    }
  }

  private setMoving(f: number, frame: Frame): void {
    const at = LOCAL_SIZE * f;
    const { origin, axis } = frame;
    this.kinds[f] = frame.prismatic ? SLIDING : TURNING;
    this.indices[f] = frame.index;
    this.multipliers[f] = frame.multiplier;
    this.shifts[f] = frame.offset;
    this.localAxes.set(axis, 3 * f);
    this.setRigid(f, origin);
    for (let row = 0; row < 3; row++) {
      const o: [number, number, number] = [
        origin[4 * row] ?? 0,
        origin[4 * row + 1] ?? 0,
        origin[4 * row + 2] ?? 0,
      ];
      const along = o[0] * axis[0] + o[1] * axis[1] + o[2] * axis[2];
      if (frame.prismatic) {
        this.local[at + SLIDE + row] = along;
        continue;
      }
      // Row of R₀ = O a aᵀ, of R₁ = O − R₀, of R₂ = O [a]×.
      for (let column = 0; column < 3; column++) {
        const next = (column + 1) % 3;
        const last = (column + 2) % 3;
        const element = at + 3 * row + column;
        const fixed = along * (axis[column] ?? 0);
        this.local[element] = fixed;
        this.local[element + COSINE] = (o[column] ?? 0) - fixed;
        this.local[element + SINE] =
          (o[next] ?? 0) * (axis[last] ?? 0) - (o[last] ?? 0) * (axis[next] ?? 0);
      }
    }
  }

  /** Writes the pose of frame `f` into `poses`, in which that of its parent must stand. */
  place(f: number, q: ArrayLike<number>, poses: Float64Array): void {
    const local = this.local;
    const m = LOCAL_SIZE * f;
    let r00 = local[m] ?? 0;
    let r01 = local[m + 1] ?? 0;
    let r02 = local[m + 2] ?? 0;
    let r10 = local[m + 3] ?? 0;
    let r11 = local[m + 4] ?? 0;
    let r12 = local[m + 5] ?? 0;
    let r20 = local[m + 6] ?? 0;
    let r21 = local[m + 7] ?? 0;
    let r22 = local[m + 8] ?? 0;
    let x = local[m + TRANSLATION] ?? 0;
    let y = local[m + TRANSLATION + 1] ?? 0;
    let z = local[m + TRANSLATION + 2] ?? 0;
    const kind = this.kinds[f] ?? 0;
    if (kind !== RIGID) {
      const value =
        (this.multipliers[f] ?? 0) * (q[this.indices[f] ?? 0] ?? 0) + (this.shifts[f] ?? 0);
      if (kind === TURNING) {
        const c = Math.cos(value);
        const s = Math.sin(value);
        r00 += c * (local[m + 9] ?? 0) + s * (local[m + 18] ?? 0);
        r01 += c * (local[m + 10] ?? 0) + s * (local[m + 19] ?? 0);
        r02 += c * (local[m + 11] ?? 0) + s * (local[m + 20] ?? 0);
        r10 += c * (local[m + 12] ?? 0) + s * (local[m + 21] ?? 0);
        r11 += c * (local[m + 13] ?? 0) + s * (local[m + 22] ?? 0);
        r12 += c * (local[m + 14] ?? 0) + s * (local[m + 23] ?? 0);
        r20 += c * (local[m + 15] ?? 0) + s * (local[m + 24] ?? 0);
        r21 += c * (local[m + 16] ?? 0) + s * (local[m + 25] ?? 0);
        r22 += c * (local[m + 17] ?? 0) + s * (local[m + 26] ?? 0);
      } else {
        x += value * (local[m + SLIDE] ?? 0);
        y += value * (local[m + SLIDE + 1] ?? 0);
        z += value * (local[m + SLIDE + 2] ?? 0);
      }
    }
    const parent = this.parents[f] ?? 0;
    const at = this.offsets[f] ?? 0;
    for (let row = 0; row < 12; row += 4) {
      const p0 = poses[parent + row] ?? 0;
      const p1 = poses[parent + row + 1] ?? 0;
      const p2 = poses[parent + row + 2] ?? 0;
      poses[at + row] = p0 * r00 + p1 * r10 + p2 * r20;
      poses[at + row + 1] = p0 * r01 + p1 * r11 + p2 * r21;
      poses[at + row + 2] = p0 * r02 + p1 * r12 + p2 * r22;
      poses[at + row + 3] = p0 * x + p1 * y + p2 * z + (poses[parent + row + 3] ?? 0);
    }
    if (kind !== RIGID) this.turnAxis(f, at, poses);
  }

  /** The joint's motion leaves its own axis where it is, so the child's pose gives it. */
  private turnAxis(f: number, at: number, poses: Float64Array): void {
    const a0 = this.localAxes[3 * f] ?? 0;
    const a1 = this.localAxes[3 * f + 1] ?? 0;
    const a2 = this.localAxes[3 * f + 2] ?? 0;
    const axes = this.axes;
    axes[3 * f] = (poses[at] ?? 0) * a0 + (poses[at + 1] ?? 0) * a1 + (poses[at + 2] ?? 0) * a2;
    axes[3 * f + 1] =
      (poses[at + 4] ?? 0) * a0 + (poses[at + 5] ?? 0) * a1 + (poses[at + 6] ?? 0) * a2;
    axes[3 * f + 2] =
      (poses[at + 8] ?? 0) * a0 + (poses[at + 9] ?? 0) * a1 + (poses[at + 10] ?? 0) * a2;
  }
}

/** Pose of a frame in its parent, a new transform, at joint position `value`. */
export function framePose(frame: Frame, value: number): Float64Array {
  const { origin, axis } = frame;
  const motion = new Float64Array(TRANSFORM_SIZE);
  if (frame.prismatic || frame.fixed) setIdentity(motion, 0);
  else setRotation(motion, 0, axis[0], axis[1], axis[2], value);
  if (frame.prismatic)
    axis.forEach((a, i) => {
      motion[4 * i + 3] = a * value;
    });
  const pose = new Float64Array(TRANSFORM_SIZE);
  multiply(origin, 0, motion, 0, pose, 0);
  return pose;
}
