/**
 * The simulated world: robot, table, cube and target, with cameras. Time moves only by `step`.
 * Same options, seed and targets give the same states and pictures, bit for bit.
 */
import { bindJoints } from '../core/joint_binding.js';
import type { RobotDescription } from '../description/robot_description.js';
import { type CameraIntrinsics, intrinsicsOf } from './camera_model.js';
import { type ServoConfig, servoSchema } from './config.js';
import { actuatedJoints, buildMjcf, CUBE_BODY, CUBE_CONTACT, CUBE_JOINT } from './mjcf.js';
import { Physics } from './mujoco.js';
import type { RenderScene } from './render_scene.js';
import { Renderer } from './renderer.js';
import { type SceneConfig, sceneSchema } from './scene_config.js';
import { drawScene, type Pose } from './scene_random.js';
import { SceneView } from './scene_view.js';

export interface WorldOptions {
  readonly robot: RobotDescription;
  /** Default: {@link sceneSchema}'s defaults. */
  readonly scene?: SceneConfig;
  readonly servo?: ServoConfig;
  /** One physics step, s; default 0.002. */
  readonly timestep?: number;
  /** Order of all joint arrays; default: the description's joints that move. */
  readonly joints?: readonly string[];
}

/** What of the robot touches the cube: privileged, for experts and scoring. */
export interface GraspState {
  readonly fixedJaw: boolean;
  readonly movingJaw: boolean;
  /** Both jaws. */
  readonly held: boolean;
  /** Any part of the robot. */
  readonly touched: boolean;
}

/** Below this speed (m/s, and rad/s over 10) the cube is at rest. */
const REST_SPEED = 0.02;
/** A cube that lies on the table is nearer to its resting height than this (m). */
const REST_HEIGHT = 0.004;

export class World {
  readonly jointNames: readonly string[];
  readonly scene: SceneConfig;
  /** Robot joint positions (rad or m), velocities and motor forces (N·m or N): updated by each step. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  /** One physics step, s. */
  readonly timestep: number;

  readonly #physics: Physics;
  readonly #view: SceneView;
  readonly #renderer: Renderer;
  readonly #snapshot: Float64Array;
  readonly #qpos: Int32Array;
  readonly #qvel: Int32Array;
  readonly #actuator: Int32Array;
  /** Most force of each joint's motor, N·m or N. */
  readonly #strength: Float64Array;
  readonly #cube: { readonly body: number; readonly qpos: number; readonly qvel: number };
  readonly #sensor: { fixedJaw: number; movingJaw: number; robot: number };
  #target: readonly [number, number];
  #steps = 0;

  private constructor(options: Required<WorldOptions>, physics: Physics) {
    const { robot, scene, joints, timestep } = options;
    this.scene = scene;
    this.timestep = timestep;
    this.jointNames = joints;
    this.positions = new Float64Array(joints.length);
    this.velocities = new Float64Array(joints.length);
    this.efforts = new Float64Array(joints.length);
    this.#physics = physics;
    this.#view = new SceneView(robot, scene, physics);
    this.#renderer = new Renderer(this.#view.scene);
    this.#snapshot = new Float64Array(this.#view.layout.length);
    const addresses = joints.map((name) => physics.jointAddress(name));
    this.#qpos = Int32Array.from(addresses, (a) => a.qpos);
    this.#qvel = Int32Array.from(addresses, (a) => a.qvel);
    this.#actuator = Int32Array.from(joints, (name) => physics.id('actuator', name));
    const { forceRange } = physics.views;
    this.#strength = Float64Array.from(this.#actuator, (id) => forceRange[2 * id + 1] ?? 0);
    this.#cube = { body: physics.id('body', CUBE_BODY), ...physics.jointAddress(CUBE_JOINT) };
    this.#sensor = {
      fixedJaw: physics.sensorAddress(CUBE_CONTACT.fixedJaw),
      movingJaw: physics.sensorAddress(CUBE_CONTACT.movingJaw),
      robot: physics.sensorAddress(CUBE_CONTACT.robot),
    };
    this.#target = scene.target.position;
    this.reset(0);
  }

  /** @throws SinewError when robot and scene do not fit, or MuJoCo refuses the model */
  static async create(options: WorldOptions): Promise<World> {
    const names = actuatedJoints(options.robot).map((joint) => joint.name);
    const full: Required<WorldOptions> = {
      robot: options.robot,
      scene: options.scene ?? sceneSchema.parse({}),
      servo: options.servo ?? servoSchema.parse({}),
      timestep: options.timestep ?? 0.002,
      joints: options.joints ?? names,
    };
    bindJoints(names, full.joints, options.robot.file);
    return new World(full, await Physics.create(buildMjcf(full)));
  }

  /**
   * Starts anew at time 0: arm at home, the scene of `seed`.
   *
   * @param seed whole number ≥ 0; equal seeds give equal scenes
   * @param fixed poses that replace what the seed would draw
   */
  reset(seed: number, fixed: { readonly cube?: Pose } = {}): void {
    const draw = drawScene(this.scene, seed, this.jointNames.length);
    this.#target = draw.target;
    this.#view.setDraw(draw);
    this.#physics.reset();
    this.#steps = 0;
    const home = this.jointNames.map(
      (name, i) => (this.scene.home[name] ?? 0) + (draw.homeShift[i] ?? 0),
    );
    this.setPositions(Float64Array.from(home));
    this.setCubePose(fixed.cube ?? draw.cube);
  }

  /** Advances by n physics steps, towards the targets set last. */
  step(n = 1): void {
    this.#physics.step(n);
    this.#steps += n;
    this.#readJoints();
  }

  /** Physics steps since the last reset. */
  get steps(): number {
    return this.#steps;
  }

  /** Simulated seconds since the last reset. */
  get time(): number {
    return this.#steps * this.timestep;
  }

  /** Position targets of the servos (rad), joint order; kept until the next call. */
  setTargets(q: ArrayLike<number>): void {
    const { ctrl } = this.#physics.views;
    for (const [i, id] of this.#actuator.entries()) ctrl[id] = q[i] ?? Number.NaN;
  }

  /** The targets set last, joint order. */
  targets(out = new Float64Array(this.jointNames.length)): Float64Array {
    const { ctrl } = this.#physics.views;
    for (const [i, id] of this.#actuator.entries()) out[i] = ctrl[id] as number;
    return out;
  }

  /** Most force of joint `i`'s motor, N·m or N; 0 where the description does not bound it. */
  strength(i: number): number {
    return this.#strength[i] ?? 0;
  }

  /** Sets the target of joint `i` (rad) and the share of its motor's force, 0 (limp) to 1. */
  driveJoint(i: number, target: number, share: number): void {
    const { ctrl, forceRange } = this.#physics.views;
    const id = this.#actuator[i] as number;
    const most = this.strength(i) * share;
    ctrl[id] = target;
    forceRange[2 * id] = -most;
    forceRange[2 * id + 1] = most;
  }

  /** Puts the arm at q (rad) at once, at rest, with its targets there. */
  setPositions(q: ArrayLike<number>): void {
    const { qpos, qvel } = this.#physics.views;
    for (const i of this.jointNames.keys()) {
      qpos[this.#qpos[i] as number] = q[i] ?? Number.NaN;
      qvel[this.#qvel[i] as number] = 0;
    }
    this.setTargets(q);
    this.#physics.forward();
    this.#readJoints();
  }

  /** The cube: x, y, z (m) and quaternion w, x, y, z. */
  cubePose(out = new Float64Array(7)): Float64Array {
    const { qpos } = this.#physics.views;
    for (let i = 0; i < 7; i++) out[i] = qpos[this.#cube.qpos + i] as number;
    return out;
  }

  /** Speed of the cube: m/s, and rad/s. */
  cubeSpeed(): { readonly linear: number; readonly angular: number } {
    const { qvel } = this.#physics.views;
    const v = (i: number): number => qvel[this.#cube.qvel + i] as number;
    return { linear: Math.hypot(v(0), v(1), v(2)), angular: Math.hypot(v(3), v(4), v(5)) };
  }

  /** Puts the cube somewhere at once, at rest. */
  setCubePose(pose: Pose): void {
    const { qpos, qvel } = this.#physics.views;
    qpos.set([...pose.position, ...pose.quaternion], this.#cube.qpos);
    qvel.fill(0, this.#cube.qvel, this.#cube.qvel + 6);
    this.#physics.forward();
  }

  /** Centre of the target on the table: x, y, z in m. */
  get targetPosition(): readonly [number, number, number] {
    return [...this.#target, this.scene.table.height];
  }

  graspState(): GraspState {
    const { sensordata } = this.#physics.views;
    const found = (at: number): boolean => (sensordata[at] as number) > 0;
    const fixedJaw = found(this.#sensor.fixedJaw);
    const movingJaw = found(this.#sensor.movingJaw);
    return {
      fixedJaw,
      movingJaw,
      held: fixedJaw && movingJaw,
      touched: found(this.#sensor.robot),
    };
  }

  /** The task is done: the cube lies at rest on the table, at the target, and nothing touches it. */
  success(): boolean {
    const [x, y, z] = this.cubePose();
    const { linear, angular } = this.cubeSpeed();
    const { cube, target, table } = this.scene;
    const distance = Math.hypot((x as number) - this.#target[0], (y as number) - this.#target[1]);
    const height = (z as number) - table.height - cube.size / 2;
    return (
      distance < target.tolerance &&
      Math.abs(height) < REST_HEIGHT &&
      linear < REST_SPEED &&
      angular < REST_SPEED * 10 &&
      !this.graspState().touched
    );
  }

  /**
   * Draws what a camera sees now.
   *
   * @param out rgb8, row by row from the top, height · width · 3 bytes
   * @throws RangeError when there is no such camera
   */
  render(camera: string, out: Uint8Array): void {
    this.snapshot(this.#snapshot);
    this.#renderer.render(this.#snapshot, this.#renderer.cameraIndex(camera), out);
  }

  /** The scene for a renderer on another thread; its snapshots come from {@link snapshot}. */
  get renderScene(): RenderScene {
    return this.#view.scene;
  }

  /** Values of a snapshot. */
  get snapshotLength(): number {
    return this.#view.layout.length;
  }

  /** Writes how everything stands at this instant, for a renderer. */
  snapshot(out: Float64Array): void {
    // A step leaves body poses from before its integration.
    this.#physics.kinematics();
    this.#view.fill(this.#physics, out);
  }

  /** @throws RangeError when there is no such camera */
  cameraIntrinsics(name: string): CameraIntrinsics {
    const camera = this.scene.cameras.find((c) => c.name === name);
    if (camera === undefined) throw new RangeError(`no camera "${name}"`);
    return intrinsicsOf(camera);
  }

  /** All that the future depends on, except the target's place. */
  saveState(): Float64Array {
    return Float64Array.of(this.#steps, ...this.#physics.saveState());
  }

  /** Goes back to a state that {@link saveState} of this world gave since its last reset. */
  loadState(state: Float64Array): void {
    this.#steps = state[0] ?? 0;
    this.#physics.loadState(state.subarray(1));
    this.#readJoints();
  }

  /** The engine below, for tests. */
  get physics(): Physics {
    return this.#physics;
  }

  /** Frees the engine's memory; the world must not be used any more. */
  dispose(): void {
    this.#physics.dispose();
  }

  #readJoints(): void {
    const { qpos, qvel, actuatorForce } = this.#physics.views;
    for (let i = 0; i < this.positions.length; i++) {
      this.positions[i] = qpos[this.#qpos[i] as number] as number;
      this.velocities[i] = qvel[this.#qvel[i] as number] as number;
      this.efforts[i] = actuatorForce[this.#actuator[i] as number] as number;
    }
  }
}
