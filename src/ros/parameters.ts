/**
 * A node's parameters: declared once from a table, read by the program, set by the program, the
 * command line (`--ros-args -p name:=value`) and the standard services, each time checked.
 */
import { SinewError } from '../core/error.js';
import { ParameterServices } from './parameter_services.js';
import {
  checkValue,
  messageOfValue,
  type ParameterTable,
  type ParameterValue,
  type ParameterValues,
} from './parameter_table.js';
import { rclQos } from './qos.js';
import { loadedRcl, type RclPublisher } from './rcl.js';
import type { RosNode } from './ros_node.js';
import { stampOfNanoseconds } from './stamp.js';

/** Told after a parameter has changed. */
export type ParameterListener<T extends ParameterTable> = (
  name: keyof T & string,
  value: ParameterValue,
) => void;

export class Parameters<T extends ParameterTable> {
  readonly #node: RosNode;
  readonly #values = new Map<string, ParameterValue>();
  readonly #listeners = new Set<ParameterListener<T>>();
  readonly #events: RclPublisher;

  /**
   * Declares the parameters and offers the services.
   *
   * @throws SinewError when a value from the command line does not suit its parameter
   */
  constructor(
    node: RosNode,
    readonly table: T,
  ) {
    this.#node = node;
    const given = new Map(node.rcl.getParameters().map(({ name, value }) => [name, value]));
    for (const [name, spec] of Object.entries(table)) {
      const result = checkValue(name, spec, given.get(name) ?? spec.default);
      if ('refusal' in result) {
        throw new SinewError(result.refusal, { where: `parameter of ${node.name}` });
      }
      this.#values.set(name, result.value);
    }
    this.#events = node.rcl.createPublisher(
      'rcl_interfaces/msg/ParameterEvent',
      '/parameter_events',
      { qos: rclQos(loadedRcl(), 'reliable') },
    );
    new ParameterServices(node, this);
  }

  get<K extends keyof T & string>(name: K): ParameterValues[T[K]['type']] {
    return this.#values.get(name) as ParameterValues[T[K]['type']];
  }

  /**
   * Sets a value from within the program, read-only ones too.
   *
   * @throws SinewError when the value does not suit
   */
  set<K extends keyof T & string>(name: K, value: ParameterValues[T[K]['type']]): void {
    const refusal = this.trySet([{ name, value }], false);
    if (refusal !== undefined) throw new SinewError(refusal, { where: this.#node.name });
  }

  /** @returns a function that ends it */
  onChange(listener: ParameterListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The value of any name; undefined when it is not declared. */
  lookup(name: string): ParameterValue | undefined {
    return this.#values.get(name);
  }

  /**
   * Sets all of the values or none.
   *
   * @param fromOutside true keeps read-only parameters as they are
   * @returns the line that says why not, or undefined
   */
  trySet(
    settings: readonly { name: string; value: unknown }[],
    fromOutside: boolean,
  ): string | undefined {
    const accepted: [string, ParameterValue][] = [];
    for (const { name, value } of settings) {
      const spec = Object.hasOwn(this.table, name) ? this.table[name] : undefined;
      if (spec === undefined) {
        return `${name}: no such parameter; there are ${Object.keys(this.table).join(', ')}`;
      }
      if (fromOutside && spec.readOnly) return `${name}: read-only, set it at the start`;
      const result = checkValue(name, spec, value);
      if ('refusal' in result) return result.refusal;
      accepted.push([name, result.value]);
    }
    for (const [name, value] of accepted) this.#values.set(name, value);
    for (const [name, value] of accepted) {
      for (const listener of this.#listeners) {
        this.#node.guard(`parameter ${name}`, () => listener(name, value));
      }
    }
    this.#publish(accepted);
    return undefined;
  }

  #publish(changes: readonly [string, ParameterValue][]): void {
    this.#node.guard('/parameter_events', () =>
      this.#events.publish({
        stamp: stampOfNanoseconds(BigInt(Date.now()) * 1_000_000n),
        node: this.#node.name,
        new_parameters: [],
        changed_parameters: changes.map(([name, value]) => ({
          name,
          value: messageOfValue(this.table[name]?.type, value),
        })),
        deleted_parameters: [],
      }),
    );
  }
}
