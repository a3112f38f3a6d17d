/** Parameters over the standard services, from rclpy and from a sinew tool. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParameterTable } from '../../src/ros/parameter_table.js';
import { Parameters } from '../../src/ros/parameters.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import type {
  ParameterDescriptorMessage,
  ParameterValueMessage,
  SetParametersResult,
} from '../../src/ros/service_types.js';
import { waitUntil } from '../../src/ros/wait.js';
import { PATIENCE_S } from '../integration/until.js';
import { Peer } from './peer.js';

const table = {
  seed: { type: 'int', default: 1, min: 0, max: 100, description: 'Seed of the scene' },
  'filter.scale': { type: 'double', default: 0.5, min: 0, max: 1, description: 'Speed, 0 to 1' },
  mode: { type: 'string', default: 'hold', choices: ['hold', 'run'], description: 'Mode' },
  rate_hz: { type: 'double', default: 100, readOnly: true, description: 'Rate, Hz' },
  enabled: { type: 'bool', default: false, description: 'Whether it runs' },
  gains: {
    type: 'doubles',
    default: [1, 2],
    description: 'Gain of each joint',
    check: (value) => (value.length === 2 ? undefined : 'expected 2 values'),
  },
  names: { type: 'strings', default: ['a'], description: 'Names' },
  ids: { type: 'ints', default: [1, 2, 3], min: 0, description: 'Numbers of the servos' },
} as const satisfies ParameterTable;

let peer: Peer;
let node: RosNode;
let parameters: Parameters<typeof table>;
let remote: RemoteNode;
const changes: [string, unknown][] = [];
const errors: string[] = [];

beforeAll(async () => {
  peer = await Peer.start();
  node = await RosNode.create({
    name: 'tuned',
    argv: ['--ros-args', '-p', 'filter.scale:=0.25', '-p', 'mode:=run'],
    onError: (error) => errors.push(error.message),
  });
  parameters = new Parameters(node, table);
  parameters.onChange((name, value) => changes.push([name, value]));
  remote = new RemoteNode(node, '/tuned');
});
afterAll(async () => {
  await node?.close();
  peer?.stop();
});

const call = <T>(service: string, type: string, request: object) =>
  peer.run<T>('call', {
    service: `/tuned/${service}`,
    type: `rcl_interfaces/srv/${type}`,
    request,
  });
const set = async (name: string, value: Partial<ParameterValueMessage>) => {
  const request = { parameters: [{ name, value }] };
  const { results } = await call<{ results: SetParametersResult[] }>(
    'set_parameters',
    'SetParameters',
    request,
  );
  return results[0];
};

describe('parameters', () => {
  it('start with their defaults, or with what the command line says', () => {
    expect(parameters.get('seed')).toBe(1);
    expect(parameters.get('filter.scale')).toBe(0.25);
    expect(parameters.get('mode')).toBe('run');
    expect(parameters.get('gains')).toEqual([1, 2]);
  });

  it('are read by rclpy, unknown ones as not set', async () => {
    const names = ['seed', 'filter.scale', 'mode', 'gains', 'names', 'ids', 'enabled', 'nothing'];
    const request = { names };
    const { values } = await call<{ values: ParameterValueMessage[] }>(
      'get_parameters',
      'GetParameters',
      request,
    );
    expect(values.map((v) => v.type)).toEqual([2, 3, 4, 8, 9, 7, 1, 0]);
    expect(values[0]?.integer_value).toBe(1);
    expect(values[1]?.double_value).toBe(0.25);
    expect(values[2]?.string_value).toBe('run');
    expect(values[3]?.double_array_value).toEqual([1, 2]);
    expect(values[4]?.string_array_value).toEqual(['a']);
    expect(values[5]?.integer_array_value).toEqual([1, 2, 3]);
    const types = await call<{ types: number[] }>(
      'get_parameter_types',
      'GetParameterTypes',
      request,
    );
    expect(types.types).toEqual([2, 3, 4, 8, 9, 7, 1, 0]);
  });

  it('are set by rclpy, and the program is told', async () => {
    changes.length = 0;
    expect(await set('seed', { type: 2, integer_value: 42 })).toEqual({
      successful: true,
      reason: '',
    });
    expect(parameters.get('seed')).toBe(42);
    expect((await set('gains', { type: 8, double_array_value: [3, 4] }))?.successful).toBe(true);
    expect((await set('ids', { type: 7, integer_array_value: [7] }))?.successful).toBe(true);
    expect((await set('enabled', { type: 1, bool_value: true }))?.successful).toBe(true);
    expect(changes).toEqual([
      ['seed', 42],
      ['gains', [3, 4]],
      ['ids', [7]],
      ['enabled', true],
    ]);
  });

  it('refuse, with the reason, what is out of range or of another type', async () => {
    const seed = parameters.get('seed');
    expect((await set('seed', { type: 2, integer_value: 101 }))?.reason).toBe(
      'seed: 101 refused; expected a finite number from 0 to 100',
    );
    expect((await set('seed', { type: 4, string_value: 'x' }))?.reason).toBe(
      'seed: "x" refused; expected int',
    );
    expect((await set('mode', { type: 4, string_value: 'fly' }))?.reason).toMatch(
      /one of hold, run/,
    );
    expect((await set('gains', { type: 8, double_array_value: [1] }))?.reason).toMatch(/2 values/);
    expect((await set('ids', { type: 7, integer_array_value: [1, -1] }))?.successful).toBe(false);
    expect((await set('nothing', { type: 1 }))?.reason).toMatch(
      /no such parameter; there are seed/,
    );
    expect((await set('seed', { type: 0 }))?.successful).toBe(false);
    expect(parameters.get('seed')).toBe(seed);
  });

  it('keep a read-only value', async () => {
    expect((await set('rate_hz', { type: 3, double_value: 50 }))?.reason).toMatch(/read-only/);
    expect(parameters.get('rate_hz')).toBe(100);
  });

  it('take a whole number for a double', async () => {
    expect((await set('filter.scale', { type: 2, integer_value: 1 }))?.successful).toBe(true);
    expect(parameters.get('filter.scale')).toBe(1);
  });

  it('are described with range and read-only flag', async () => {
    const { descriptors } = await call<{ descriptors: ParameterDescriptorMessage[] }>(
      'describe_parameters',
      'DescribeParameters',
      { names: ['seed', 'filter.scale', 'rate_hz', 'mode'] },
    );
    const [seed, scale, rate, mode] = descriptors;
    expect(seed?.integer_range).toEqual([{ from_value: 0, to_value: 100, step: 0 }]);
    expect(seed?.description).toBe('Seed of the scene');
    expect(scale?.floating_point_range).toEqual([{ from_value: 0, to_value: 1, step: 0 }]);
    expect(rate?.read_only).toBe(true);
    expect(mode?.additional_constraints).toBe('one of hold, run');
  });

  it('are listed, also by prefix and depth', async () => {
    type Answer = { result: { names: string[]; prefixes: string[] } };
    const list = async (prefixes: string[], depth: number) =>
      (await call<Answer>('list_parameters', 'ListParameters', { prefixes, depth })).result;
    expect((await list([], 0)).names).toEqual(Object.keys(table));
    expect((await list([], 0)).prefixes).toEqual(['filter']);
    expect((await list([], 1)).names).not.toContain('filter.scale');
    expect((await list(['filter'], 0)).names).toEqual(['filter.scale']);
  });

  it('are set all or none, by a sinew tool', async () => {
    await remote.setParameters({ seed: 7, mode: 'hold', enabled: false }, PATIENCE_S);
    expect(await remote.getParameters(['seed', 'mode', 'enabled', 'nothing'], PATIENCE_S)).toEqual({
      seed: 7,
      mode: 'hold',
      enabled: false,
      nothing: undefined,
    });
    await expect(remote.setParameters({ mode: 'run', seed: 1000 }, PATIENCE_S)).rejects.toThrow(
      /seed: 1000/,
    );
    expect(parameters.get('mode')).toBe('hold');
  });

  it('of an rclpy node are read and set by a sinew tool', async () => {
    const values = { gain: 1.5, count: 3, label: 'x', flags: [true, false] };
    await peer.run('node_with_parameters', { name: 'reference', values });
    const other = new RemoteNode(node, '/reference');
    await other.setParameters({ gain: 2.5, count: 4, label: 'y' }, PATIENCE_S);
    const read = await other.getParameters(['gain', 'count', 'label'], PATIENCE_S);
    expect(read).toEqual({ gain: 2.5, count: 4, label: 'y' });
    await other.setParameters({ gain: 3 }, PATIENCE_S, { gain: 'double' });
    await expect(other.setParameters({ count: 'many' }, PATIENCE_S)).rejects.toThrow(/reference/);
  });

  it('announce a change on /parameter_events', async () => {
    const topic = '/parameter_events';
    await peer.run('subscribe', { type: 'rcl_interfaces/msg/ParameterEvent', topic });
    let seed = 0;
    await waitUntil(
      () => {
        parameters.set('seed', seed++ % 50);
        return peer.of(topic).length > 0;
      },
      'parameter event',
      PATIENCE_S,
    );
    expect(peer.of(topic)[0]?.message).toMatchObject({
      node: '/tuned',
      changed_parameters: [{ name: 'seed' }],
    });
  });

  it('given wrongly on the command line stop the start with a line that says so', async () => {
    const argv = ['--ros-args', '-p', 'seed:=1000'];
    const other = await RosNode.create({ name: 'mistuned', argv });
    expect(() => new Parameters(other, table)).toThrow(/mistuned: seed: 1000 refused/);
    await other.close();
  });
});
