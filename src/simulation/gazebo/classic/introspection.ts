/**
 * Joint states and model poses of Gazebo Classic, at each physics step, by its introspection service.
 */
import { SinewError } from '../../../core/error.js';
import type { GazeboJointState, GazeboPose, Unsubscribe } from '../gazebo_world.js';
import type { TransportNode } from '../transport/transport_node.js';
import {
  ANY_STRING,
  type AnyMessage,
  emptyCodec,
  gzStringCodec,
  type ParamList,
  type PoseMessage,
  paramListCodec,
  secondsOf,
} from './tcp_messages.js';

export interface IntrospectionNames {
  readonly world: string;
  readonly model: string;
  readonly joints: readonly string[];
  /** Models whose poses are wanted; those not in the world are left out. */
  readonly tracked: readonly string[];
}

export interface IntrospectionSample {
  readonly joints: GazeboJointState;
  readonly poses: ReadonlyMap<string, GazeboPose>;
}

export const poseOf = ({ position: p, orientation: q }: PoseMessage): GazeboPose => ({
  position: [p.x, p.y, p.z],
  quaternion: [q.x, q.y, q.z, q.w],
});

const SERVICE = /@\/introspection\/([^/]+)\/filter_new$/;

/** An introspection service and the process that has it. */
export interface Manager {
  readonly id: string;
  readonly process: string;
}

/** Waits for the introspection service of a server; the newest when there are several. */
export function findManager(node: TransportNode, timeout: number): Promise<Manager> {
  return new Promise((resolve, reject) => {
    let found: Manager | undefined;
    const finish = () => {
      clearTimeout(timer);
      stop();
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(() => {
      finish();
      reject(
        new SinewError(`Gazebo Classic tells no joint states within ${timeout} s`, {
          where: `partition '${node.partition}'`,
          cure: 'give the server the same IGN_PARTITION and IGN_IP',
        }),
      );
    }, timeout * 1000);
    let listing = true;
    const stop = node.onOffer(({ topic, process_uuid: process }, present) => {
      const id = SERVICE.exec(topic)?.[1];
      if (!present || id === undefined) return;
      found = { id, process };
      if (!listing) finish();
    });
    listing = false;
    if (found !== undefined) finish();
  });
}

export class Introspection {
  readonly #node: TransportNode;
  readonly #names: IntrospectionNames;
  readonly #take: (sample: IntrospectionSample) => void;
  readonly #slots = new Map<string, (value: AnyMessage) => void>();
  #stop: Unsubscribe = () => undefined;
  #filter = '';
  #time = 0;
  #positions: Float64Array;
  #velocities: Float64Array;
  #poses = new Map<string, GazeboPose>();

  constructor(
    node: TransportNode,
    readonly manager: string,
    names: IntrospectionNames,
    take: (sample: IntrospectionSample) => void,
  ) {
    this.#node = node;
    this.#names = names;
    this.#take = take;
    this.#positions = new Float64Array(names.joints.length);
    this.#velocities = new Float64Array(names.joints.length);
  }

  /** Asks for the items; called again when a tracked model came or went. */
  async start(timeout: number): Promise<void> {
    this.#bind();
    const service = `/introspection/${this.manager}`;
    const items = await this.#items(timeout);
    const wanted = [...this.#slots.keys()].filter((item) => items.has(item));
    const param = wanted.map((item) => ({
      name: 'item',
      value: { type: ANY_STRING, string_value: item },
    }));
    if (this.#filter !== '') {
      // The topic stays, so that no state is lost.
      const id = { name: 'filter_id', value: { type: ANY_STRING, string_value: this.#filter } };
      const message = { param: [id, ...param] };
      const update = { codec: paramListCodec, message, repeatable: true };
      await this.#node.request(`${service}/filter_update`, update, emptyCodec, timeout);
      return;
    }
    // Carried out twice, it leaves a filter that nobody listens to.
    const create = { codec: paramListCodec, message: { param }, repeatable: true };
    const created = await this.#node.request(
      `${service}/filter_new`,
      create,
      gzStringCodec,
      timeout,
    );
    this.#filter = created.data;
    const topic = `${service}/filter/${this.#filter}`;
    this.#stop = this.#node.subscribe(topic, paramListCodec, (message) => this.#read(message));
  }

  /**
   * Items of the server, once all joints and the clock are among them: it answers before its world is
   * loaded, and the clock comes last.
   */
  async #items(timeout: number): Promise<Set<string>> {
    const end = performance.now() + timeout * 1000;
    for (;;) {
      const listing = await this.#node.request(
        `/introspection/${this.manager}/items`,
        { codec: emptyCodec, message: {}, repeatable: true },
        paramListCodec,
        timeout,
      );
      const items = new Set(listing.param.map(({ value }) => value?.string_value ?? ''));
      const { world, model, joints } = this.#names;
      const missing = joints.find((joint) => !items.has(this.#jointItem(joint, 'position')));
      if (missing === undefined && items.has(this.#clockItem)) return items;
      if (performance.now() < end) continue;
      throw new SinewError(missing === undefined ? 'no clock' : `no joint '${missing}'`, {
        where: `model '${model}' of world '${world}' in Gazebo Classic`,
        cure: 'check the names in the world file',
      });
    }
  }

  stop(): void {
    this.#stop();
    if (this.#filter === '') return;
    const param = [{ name: 'filter_id', value: { type: ANY_STRING, string_value: this.#filter } }];
    // A filter that stays costs the server a little; nothing depends on the answer.
    this.#node
      .request(
        `/introspection/${this.manager}/filter_remove`,
        { codec: paramListCodec, message: { param } },
        emptyCodec,
        1,
      )
      .catch(() => undefined);
    this.#filter = '';
  }

  get #clockItem(): string {
    return `data://world/${this.#names.world}?p=time/sim_time`;
  }

  #jointItem(joint: string, what: string): string {
    const { world, model } = this.#names;
    return `data://world/${world}/model/${model}/joint/${joint}?p=axis/0/double/${what}`;
  }

  #bind(): void {
    const { world, joints, tracked } = this.#names;
    this.#slots.clear();
    this.#poses = new Map();
    this.#slots.set(this.#clockItem, ({ time_value }) => {
      if (time_value) this.#time = secondsOf(time_value);
    });
    for (const [i, joint] of joints.entries()) {
      this.#slots.set(this.#jointItem(joint, 'position'), ({ double_value }) => {
        this.#positions[i] = double_value ?? 0;
      });
      this.#slots.set(this.#jointItem(joint, 'velocity'), ({ double_value }) => {
        this.#velocities[i] = double_value ?? 0;
      });
    }
    for (const name of tracked) {
      this.#slots.set(`data://world/${world}/model/${name}?p=pose3d/world_pose`, (value) => {
        if (value.pose3d_value) this.#poses.set(name, poseOf(value.pose3d_value));
      });
    }
  }

  #read({ param }: ParamList): void {
    for (const { name, value } of param) if (value) this.#slots.get(name)?.(value);
    this.#take({
      joints: {
        time: this.#time,
        positions: this.#positions.slice(),
        velocities: this.#velocities.slice(),
        efforts: new Float64Array(this.#positions.length).fill(Number.NaN),
      },
      poses: this.#poses,
    });
  }
}
