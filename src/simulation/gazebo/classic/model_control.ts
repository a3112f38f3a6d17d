/**
 * Models of Gazebo Classic: where they are, moving, adding and removing them. Each change is followed
 * by asking until it shows, since changes and answers travel on different connections.
 */
import { SinewError } from '../../../core/error.js';
import type { GazeboPose } from '../gazebo_world.js';
import { Listeners } from '../world_events.js';
import {
  factoryCodec,
  type ModelMessage,
  modelCodec,
  type PoseMessage,
  requestCodec,
  responseCodec,
} from './tcp_messages.js';
import type { TcpPublication, TcpTopics } from './tcp_topics.js';

/** Two coordinates nearer than this are one (m, or of the quaternion). */
const SAME = 1e-6;

export const poseMessage = ({ position, quaternion }: GazeboPose): PoseMessage => ({
  position: { x: position[0], y: position[1], z: position[2] },
  orientation: { x: quaternion[0], y: quaternion[1], z: quaternion[2], w: quaternion[3] },
});

function samePose(a: PoseMessage, b: PoseMessage): boolean {
  const near = (p: number, q: number) => Math.abs(p - q) < SAME;
  const [p, q] = [a.orientation, b.orientation];
  const dot = p.x * q.x + p.y * q.y + p.z * q.z + p.w * q.w;
  return (
    near(a.position.x, b.position.x) &&
    near(a.position.y, b.position.y) &&
    near(a.position.z, b.position.z) &&
    // Both signs of a quaternion are one rotation.
    Math.abs(dot) > 1 - SAME * SAME
  );
}

export class ModelControl {
  readonly #factory: TcpPublication<{ sdf: string; pose: PoseMessage }>;
  readonly #request: TcpPublication<{ id: number; request: string; data: string }>;
  readonly #modify: TcpPublication<ModelMessage>;
  readonly #answers = new Listeners<{ id: number; model: ModelMessage | undefined }>();
  readonly #timeout: number;
  #lastId = 0;

  private constructor(
    factory: TcpPublication<{ sdf: string; pose: PoseMessage }>,
    request: TcpPublication<{ id: number; request: string; data: string }>,
    modify: TcpPublication<ModelMessage>,
    timeout: number,
  ) {
    this.#factory = factory;
    this.#request = request;
    this.#modify = modify;
    this.#timeout = timeout;
  }

  /** @param prefix of the world's topics: /gazebo/NAME */
  static async open(topics: TcpTopics, prefix: string, timeout: number): Promise<ModelControl> {
    const control = new ModelControl(
      await topics.advertise(`${prefix}/factory`, factoryCodec, timeout),
      await topics.advertise(`${prefix}/request`, requestCodec, timeout),
      await topics.advertise(`${prefix}/model/modify`, modelCodec, timeout),
      timeout,
    );
    topics.subscribe(`${prefix}/response`, responseCodec, (message) => {
      const isModel = message.response === 'success' && message.type === 'gazebo.msgs.Model';
      const model = isModel ? modelCodec.decode(message.serialized_data) : undefined;
      control.#answers.emit({ id: message.id, model });
    });
    return control;
  }

  /** What the server says of a model; undefined when there is none of that name. */
  async info(name: string): Promise<ModelMessage | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = this.#answers.wait(
      (message) => message.id === id,
      this.#timeout,
      `answer about model '${name}'`,
    );
    this.#request.publish({ id, request: 'entity_info', data: name });
    return (await answer).model;
  }

  /** Puts a model to a pose; its links come with it. */
  async move(name: string, pose: GazeboPose): Promise<void> {
    const { id } = await this.#existing(name);
    const wanted = poseMessage(pose);
    this.#modify.publish({ name, ...(id !== undefined && { id }), pose: wanted });
    await this.#until(`pose of model '${name}'`, name, (model) =>
      Boolean(model?.pose && samePose(model.pose, wanted)),
    );
  }

  /** Puts links of a model to poses in the model's frame, all at once; the world must be paused. */
  async moveLinks(name: string, poses: Readonly<Record<string, GazeboPose>>): Promise<void> {
    const { id, link = [] } = await this.#existing(name);
    const moved = link.flatMap((known) => {
      // The server scopes names that it tells, and those that it is told.
      const own = known.name.slice(name.length + 2);
      const pose = poses[own];
      if (pose === undefined) return [];
      return [{ id: known.id ?? 0, name: own, pose: poseMessage(pose) }];
    });
    this.#modify.publish({ name, ...(id !== undefined && { id }), link: moved });
    await this.#until(`new poses of the links of '${name}'`, name, (model) =>
      moved.every((wanted) => {
        const pose = model?.link?.find((known) => known.id === wanted.id)?.pose;
        return pose !== undefined && samePose(pose, wanted.pose);
      }),
    );
  }

  /** Adds the model of an SDF document under a name. */
  async spawn(name: string, sdf: string, pose: GazeboPose): Promise<void> {
    if ((await this.info(name)) !== undefined) {
      throw new SinewError(`there is a model '${name}' already`, { where: 'Gazebo Classic' });
    }
    this.#factory.publish({ sdf: renamed(sdf, name), pose: poseMessage(pose) });
    await this.#until(`model '${name}'`, name, (model) => model !== undefined);
  }

  async remove(name: string): Promise<void> {
    await this.#existing(name);
    this.#lastId += 1;
    this.#request.publish({ id: this.#lastId, request: 'entity_delete', data: name });
    await this.#until(`end of model '${name}'`, name, (model) => model === undefined);
  }

  async #existing(name: string): Promise<ModelMessage> {
    const model = await this.info(name);
    if (model !== undefined) return model;
    throw new SinewError(`no model '${name}'`, { where: 'Gazebo Classic' });
  }

  async #until(
    what: string,
    name: string,
    fits: (model: ModelMessage | undefined) => boolean,
  ): Promise<void> {
    const end = performance.now() + this.#timeout * 1000;
    while (!fits(await this.info(name))) {
      if (performance.now() > end) {
        throw new SinewError(`no ${what} within ${this.#timeout} s`, {
          where: 'Gazebo Classic',
          cure: 'look at what the server says: the SDF may be faulty',
        });
      }
    }
  }
}

/** @returns the document with its model's name replaced */
export function renamed(sdf: string, name: string): string {
  if (!/<model\s/.test(sdf)) {
    throw new SinewError('the SDF has no <model>', { where: `model '${name}'` });
  }
  return sdf.replace(/<model\s+name\s*=\s*(["'])[^"']*\1/, `<model name="${name}"`);
}
