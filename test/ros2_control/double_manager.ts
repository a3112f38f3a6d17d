/**
 * A robot behind ros2_control, played by the test: a controller_manager with its services and rules,
 * its controllers, joint states, and the latched robot description.
 */
import { steadyNow } from '../../src/core/clock.js';
import { RosClock } from '../../src/ros/clock.js';
import type { RosNode } from '../../src/ros/ros_node.js';
import type { ServiceTypes } from '../../src/ros/service_types.js';
import { stampOf } from '../../src/ros/stamp.js';
import type { DoubleArm } from './double_arm.js';
import type { DoubleController } from './double_controllers.js';

const PERIOD_MS = 5;
const STRICT = 2;

type Switch = ServiceTypes['controller_manager_msgs/srv/SwitchController'];

interface Entry {
  readonly name: string;
  state: 'unconfigured' | 'inactive' | 'active';
  readonly controller: DoubleController;
}

export class DoubleManager {
  /** Every request that changed something, as `activate x`. */
  readonly history: string[] = [];
  readonly arm: DoubleArm;
  readonly #available: ReadonlyMap<string, DoubleController>;
  readonly #loaded = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;
  #updated = steadyNow();

  /** @param available controllers whose types and parameters the manager was given */
  constructor(
    node: RosNode,
    arm: DoubleArm,
    available: Readonly<Record<string, DoubleController>>,
    options: { description?: string; active?: readonly string[] } = {},
  ) {
    this.arm = arm;
    this.#available = new Map(Object.entries(available));
    for (const name of options.active ?? []) {
      this.#load(name);
      this.#configure(name);
      this.#switch({ activate: [name], deactivate: [], strictness: STRICT });
    }
    this.history.length = 0;
    this.#offer(node);
    const clock = new RosClock(node);
    const states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', 'sensor');
    if (options.description !== undefined) {
      const topic = node.publisher('/robot_description', 'std_msgs/msg/String', 'latched');
      topic.publish({ data: options.description });
    }
    this.#timer = setInterval(() => {
      this.#update();
      states.publish({
        header: { stamp: stampOf(clock.now()), frame_id: '' },
        name: [...arm.joints],
        position: arm.positions,
        velocity: arm.velocities,
        effort: new Float64Array(0),
      });
    }, PERIOD_MS);
  }

  state(name: string): string | undefined {
    return this.#loaded.get(name)?.state;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { controller } of this.#loaded.values()) controller.close();
  }

  #update(): void {
    const now = steadyNow();
    const dt = now - this.#updated;
    this.#updated = now;
    for (const entry of this.#loaded.values()) {
      if (entry.state !== 'active') continue;
      try {
        entry.controller.update(dt);
      } catch {
        // A controller whose update fails is switched off, as the real manager does.
        this.#stop(entry);
      }
    }
    this.arm.step(dt);
  }

  #offer(node: RosNode): void {
    const name = '/controller_manager';
    const types = 'controller_manager_msgs/srv';
    node.service(`${name}/list_controllers`, `${types}/ListControllers`, () => ({
      controller: [...this.#loaded.values()].map((entry) => ({
        name: entry.name,
        state: entry.state,
        type: entry.controller.type,
        is_async: false,
        update_rate: Math.round(1000 / PERIOD_MS),
        claimed_interfaces: entry.state === 'active' ? [...entry.controller.required] : [],
        required_command_interfaces: [...entry.controller.required],
        required_state_interfaces: [],
        is_chainable: false,
        is_chained: false,
        exported_state_interfaces: [],
        reference_interfaces: [],
        chain_connections: [],
      })),
    }));
    node.service(`${name}/load_controller`, `${types}/LoadController`, ({ name: which }) => ({
      ok: this.#load(which),
    }));
    node.service(`${name}/configure_controller`, `${types}/ConfigureController`, (request) => ({
      ok: this.#configure(request.name),
    }));
    node.service(`${name}/switch_controller`, `${types}/SwitchController`, (request) =>
      this.#answer(request),
    );
  }

  #load(name: string): boolean {
    const controller = this.#available.get(name);
    if (controller === undefined || this.#loaded.has(name)) return false;
    this.#loaded.set(name, { name, state: 'unconfigured', controller });
    this.history.push(`load ${name}`);
    return true;
  }

  #configure(name: string): boolean {
    const entry = this.#loaded.get(name);
    if (entry === undefined || entry.state === 'active') return false;
    entry.state = 'inactive';
    this.history.push(`configure ${name}`);
    return true;
  }

  #answer(request: Switch['request']): Switch['response'] {
    const refusal = this.#switch({
      activate: request.activate_controllers,
      deactivate: request.deactivate_controllers,
      strictness: request.strictness,
    });
    return { ok: refusal === undefined, message: refusal ?? '' };
  }

  /** Why nothing was switched; undefined when it was. */
  #switch(request: {
    activate: readonly string[];
    deactivate: readonly string[];
    strictness: number;
  }): string | undefined {
    if (request.strictness !== STRICT) return 'the double knows STRICT only';
    for (const name of request.activate) {
      const entry = this.#loaded.get(name);
      if (entry === undefined) return `controller ${name} is not loaded`;
      if (entry.state !== 'inactive') return `controller ${name} is ${entry.state}, not inactive`;
    }
    for (const name of request.deactivate) {
      if (this.#loaded.get(name)?.state !== 'active') return `controller ${name} is not active`;
    }
    const kept = [...this.#loaded.values()].filter(
      ({ name, state }) => state === 'active' && !request.deactivate.includes(name),
    );
    const claimed = new Set(kept.flatMap(({ controller }) => controller.required));
    for (const name of request.activate) {
      for (const wanted of this.#loaded.get(name)?.controller.required ?? []) {
        if (claimed.has(wanted)) return `${wanted} is claimed already`;
        claimed.add(wanted);
      }
    }
    for (const name of request.deactivate) {
      const entry = this.#loaded.get(name);
      if (entry !== undefined) this.#stop(entry);
    }
    for (const name of request.activate) {
      const entry = this.#loaded.get(name);
      if (entry === undefined) continue;
      entry.state = 'active';
      entry.controller.active = true;
      this.history.push(`activate ${name}`);
    }
    return undefined;
  }

  #stop(entry: Entry): void {
    entry.state = 'inactive';
    entry.controller.active = false;
    this.arm.release('velocity');
    this.history.push(`deactivate ${entry.name}`);
  }
}
