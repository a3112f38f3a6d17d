/**
 * The six standard parameter services over a `Parameters`. Not rclnodejs's own, which answer a
 * refusal without its reason and throw on names that are not declared.
 */

import type { ParameterTable } from './parameter_table.js';
import { describe, messageOfValue, parameterTypes, valueOfMessage } from './parameter_table.js';
import type { Parameters } from './parameters.js';
import type { RosNode } from './ros_node.js';
import type { ParameterMessage, SetParametersResult } from './service_types.js';

const SEPARATOR = '.';

export class ParameterServices<T extends ParameterTable> {
  readonly #parameters: Parameters<T>;

  constructor(node: RosNode, parameters: Parameters<T>) {
    this.#parameters = parameters;
    const { table } = parameters;
    const known = (names: readonly string[]) =>
      names.map((name) => ({
        name,
        spec: Object.hasOwn(table, name) ? table[name] : undefined,
      }));

    node.service('~/get_parameters', 'rcl_interfaces/srv/GetParameters', ({ names }) => ({
      values: known(names).map(({ name, spec }) =>
        messageOfValue(spec?.type, parameters.lookup(name)),
      ),
    }));
    node.service('~/get_parameter_types', 'rcl_interfaces/srv/GetParameterTypes', ({ names }) => ({
      types: Uint8Array.from(
        known(names).map(({ spec }) => (spec === undefined ? 0 : parameterTypes[spec.type])),
      ),
    }));
    node.service('~/describe_parameters', 'rcl_interfaces/srv/DescribeParameters', ({ names }) => ({
      descriptors: known(names).flatMap(({ name, spec }) =>
        spec === undefined ? [] : [describe(name, spec)],
      ),
    }));
    node.service('~/list_parameters', 'rcl_interfaces/srv/ListParameters', (request) => ({
      result: list(Object.keys(table), request.prefixes, Number(request.depth)),
    }));
    node.service('~/set_parameters', 'rcl_interfaces/srv/SetParameters', (request) => ({
      results: request.parameters.map((parameter) => this.#set([parameter])),
    }));
    node.service(
      '~/set_parameters_atomically',
      'rcl_interfaces/srv/SetParametersAtomically',
      (request) => ({ result: this.#set(request.parameters) }),
    );
  }

  #set(parameters: readonly ParameterMessage[]): SetParametersResult {
    const settings = parameters.map(({ name, value }) => ({ name, value: valueOfMessage(value) }));
    const refusal = this.#parameters.trySet(settings, true);
    return { successful: refusal === undefined, reason: refusal ?? '' };
  }
}

/** Names under any of the prefixes, at most `depth` parts below it (0: any). */
function list(
  names: readonly string[],
  prefixes: readonly string[],
  depth: number,
): { names: string[]; prefixes: string[] } {
  const roots = prefixes.length === 0 ? [''] : prefixes;
  const chosen = names.filter((name) =>
    roots.some((root) => {
      if (name === root) return true;
      const start = root === '' ? '' : root + SEPARATOR;
      if (!name.startsWith(start)) return false;
      return depth === 0 || name.slice(start.length).split(SEPARATOR).length <= depth;
    }),
  );
  const parents = chosen.flatMap((name) => {
    const end = name.lastIndexOf(SEPARATOR);
    return end < 0 ? [] : [name.slice(0, end)];
  });
  return { names: chosen, prefixes: [...new Set(parents)] };
}
