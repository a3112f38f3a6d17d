/**
 * The MuJoCo engine: loads the WebAssembly module once a thread and wraps model and data, so that
 * the rest of the room sees typed arrays and ids and never the binding's untyped properties.
 */
import loadMujoco, { type MainModule, type MjData, type MjModel } from '@mujoco/mujoco';
import { errorLine, SinewError } from '../core/error.js';

let engine: Promise<MainModule> | undefined;

function loadEngine(): Promise<MainModule> {
  engine ??= loadMujoco();
  return engine;
}

type ObjectKind = 'body' | 'joint' | 'actuator' | 'sensor' | 'geom';

/** Arrays of the simulation that live in the engine's memory. */
interface Views {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly ctrl: Float64Array;
  readonly sensordata: Float64Array;
  readonly xpos: Float64Array;
  readonly xmat: Float64Array;
  readonly actuatorForce: Float64Array;
  /** Of the model: least and most force of each actuator. */
  readonly forceRange: Float64Array;
}

/** One model with one state. */
export class Physics {
  readonly #module: MainModule;
  readonly #model: MjModel;
  readonly #data: MjData;
  #views: Views | undefined;

  private constructor(module: MainModule, model: MjModel, data: MjData) {
    this.#module = module;
    this.#model = model;
    this.#data = data;
  }

  /** @throws SinewError when MuJoCo refuses the model */
  static async create(xml: string): Promise<Physics> {
    const module = await loadEngine();
    let model: MjModel;
    try {
      model = module.MjModel.from_xml_string(xml);
    } catch (cause) {
      throw new SinewError(`MuJoCo refuses the model: ${errorLine(cause)}`, { cause });
    }
    return new Physics(module, model, new module.MjData(model));
  }

  /** The arrays of the state; fetch anew for each use, for the engine may move its memory. */
  get views(): Views {
    // Growth of WebAssembly memory detaches all views of it: their length becomes 0.
    if (this.#views === undefined || this.#views.qpos.length === 0) {
      const data = this.#data;
      this.#views = {
        qpos: data.qpos as Float64Array,
        qvel: data.qvel as Float64Array,
        ctrl: data.ctrl as Float64Array,
        sensordata: data.sensordata as Float64Array,
        xpos: data.xpos as Float64Array,
        xmat: data.xmat as Float64Array,
        actuatorForce: data.actuator_force as Float64Array,
        forceRange: this.#model.actuator_forcerange as Float64Array,
      };
    }
    return this.#views;
  }

  /** Simulated time, s. */
  get time(): number {
    return this.#data.time;
  }

  step(count: number): void {
    for (let i = 0; i < count; i++) this.#module.mj_step(this.#model, this.#data);
  }

  /** Brings everything that follows from positions and velocities up to date. */
  forward(): void {
    this.#module.mj_forward(this.#model, this.#data);
  }

  /** Brings body poses up to date, and nothing else. */
  kinematics(): void {
    this.#module.mj_kinematics(this.#model, this.#data);
  }

  reset(): void {
    this.#module.mj_resetData(this.#model, this.#data);
  }

  /** @throws SinewError when the model has no such object */
  id(kind: ObjectKind, name: string): number {
    const types = this.#module.mjtObj;
    const type = {
      body: types.mjOBJ_BODY,
      joint: types.mjOBJ_JOINT,
      actuator: types.mjOBJ_ACTUATOR,
      sensor: types.mjOBJ_SENSOR,
      geom: types.mjOBJ_GEOM,
    }[kind].value;
    const id = this.#module.mj_name2id(this.#model, type, name);
    if (id < 0) throw new SinewError(`the model has no ${kind} "${name}"`);
    return id;
  }

  /** Index of a joint's first value in qpos, and in qvel. */
  jointAddress(name: string): { qpos: number; qvel: number } {
    const id = this.id('joint', name);
    const qpos = (this.#model.jnt_qposadr as Int32Array)[id] ?? 0;
    const qvel = (this.#model.jnt_dofadr as Int32Array)[id] ?? 0;
    return { qpos, qvel };
  }

  /** Index of a sensor's first value in sensordata. */
  sensorAddress(name: string): number {
    return (this.#model.sensor_adr as Int32Array)[this.id('sensor', name)] ?? 0;
  }

  /** All that the future depends on. */
  saveState(): Float64Array {
    const signature = this.#module.mjtState.mjSTATE_INTEGRATION.value;
    const size = this.#module.mj_stateSize(this.#model, signature);
    const buffer = new this.#module.DoubleBuffer(size);
    try {
      this.#module.mj_getState(this.#model, this.#data, buffer, signature);
      return Float64Array.from(buffer.GetView() as Float64Array);
    } finally {
      buffer.delete();
    }
  }

  loadState(state: Float64Array): void {
    const signature = this.#module.mjtState.mjSTATE_INTEGRATION.value;
    this.#module.mj_setState(this.#model, this.#data, Array.from(state), signature);
    this.forward();
  }

  /** Contacts at this moment, as pairs of geom ids; for tests and diagnosis, not for every step. */
  contacts(): [number, number][] {
    const list = this.#data.contact;
    const pairs: [number, number][] = [];
    try {
      for (let i = 0; i < list.size(); i++) {
        const contact = list.get(i);
        if (contact === undefined) continue;
        pairs.push([contact.geom1, contact.geom2]);
        contact.delete();
      }
    } finally {
      list.delete();
    }
    return pairs;
  }

  /** Distance (m) to the nearest geom along a unit direction, or Infinity: the renderer's reference. */
  ray(origin: readonly number[], direction: readonly number[]): number {
    const geom = new this.#module.IntBuffer(1);
    // The binding takes null for what is left out, though its types do not say so.
    const none = null as unknown as number[];
    try {
      const distance = this.#module.mj_ray(
        this.#model,
        this.#data,
        [...origin],
        [...direction],
        none,
        true,
        -1,
        geom,
        none,
      );
      return distance < 0 ? Number.POSITIVE_INFINITY : distance;
    } finally {
      geom.delete();
    }
  }

  geomName(id: number): string {
    return this.#module.mj_id2name(this.#model, this.#module.mjtObj.mjOBJ_GEOM.value, id);
  }

  /** Frees the engine's memory; the object must not be used any more. */
  dispose(): void {
    this.#data.delete();
    this.#model.delete();
  }
}
