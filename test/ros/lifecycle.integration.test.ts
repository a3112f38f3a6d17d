/** A managed node driven by rclpy, and its tables held against rclpy's own lifecycle node. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SinewError } from '../../src/core/error.js';
import { Lifecycle, type LifecycleCallbacks } from '../../src/ros/lifecycle.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import type { TransitionDescription } from '../../src/ros/service_types.js';
import { waitUntil } from '../../src/ros/wait.js';
import { PATIENCE_S } from '../integration/until.js';
import { Peer } from './peer.js';

let peer: Peer;
let node: RosNode;
let lifecycle: Lifecycle;
let callbacks: LifecycleCallbacks;
let calls: string[];

beforeAll(async () => {
  peer = await Peer.start();
});
afterAll(() => peer?.stop());
beforeEach(async () => {
  calls = [];
  callbacks = {
    onConfigure: () => void calls.push('configure'),
    onActivate: () => void calls.push('activate'),
    onDeactivate: () => void calls.push('deactivate'),
    onCleanup: () => void calls.push('cleanup'),
    onShutdown: () => void calls.push('shutdown'),
    onError: () => void calls.push('error'),
  };
  node = await RosNode.create({ name: 'managed' });
  lifecycle = new Lifecycle(node, callbacks);
});
afterEach(() => node?.close());

const change = async (label: string, id = 0) => {
  const request = { transition: { id, label } };
  const type = 'lifecycle_msgs/srv/ChangeState';
  const answer = await peer.run<{ success: boolean }>('call', {
    type,
    service: '/managed/change_state',
    request,
    harmless: { transition: { id: 0, label: 'no_such_transition' } },
  });
  return answer.success;
};
const get = (service: string, type: string) =>
  peer.run<Record<string, never>>('call', {
    type: `lifecycle_msgs/srv/${type}`,
    service,
    request: {},
  });

describe('a managed node', () => {
  it('goes through its life as an rclpy client asks', async () => {
    expect(await change('configure')).toBe(true);
    expect(lifecycle.state).toBe('inactive');
    expect(await change('', 3)).toBe(true);
    expect(lifecycle.state).toBe('active');
    expect(await change('', 4)).toBe(true);
    expect(await change('cleanup')).toBe(true);
    expect(lifecycle.state).toBe('unconfigured');
    expect(await change('shutdown')).toBe(true);
    expect(lifecycle.state).toBe('finalized');
    expect(calls).toEqual(['configure', 'activate', 'deactivate', 'cleanup', 'shutdown']);
  });

  it('refuses a transition that its state does not have, and says which there are', async () => {
    expect(await change('activate')).toBe(false);
    expect(await change('no_such_thing')).toBe(false);
    expect(lifecycle.state).toBe('unconfigured');
    expect(await lifecycle.trigger('activate')).toMatch(/from unconfigured.*configure, shutdown/);
    expect(calls).toEqual([]);
  });

  it('stays where it was when a callback refuses, and can be asked again', async () => {
    callbacks.onConfigure = () => {
      throw new SinewError('no joint states');
    };
    expect(await change('configure')).toBe(false);
    expect(lifecycle.state).toBe('unconfigured');
    expect(lifecycle.lastFailure).toBe('no joint states');
    callbacks.onConfigure = () => {};
    expect(await change('configure')).toBe(true);
    expect(lifecycle.state).toBe('inactive');
    expect(lifecycle.lastFailure).toBe('');
  });

  it('falls back to unconfigured after a fault, through onError', async () => {
    await lifecycle.trigger('configure');
    callbacks.onActivate = () => {
      throw new TypeError('a bug');
    };
    expect(await change('activate')).toBe(false);
    expect(lifecycle.state).toBe('unconfigured');
    expect(calls).toEqual(['configure', 'error']);
  });

  it('is finalized when even onError fails', async () => {
    callbacks.onConfigure = () => {
      throw new TypeError('a bug');
    };
    callbacks.onError = () => {
      throw new TypeError('another');
    };
    await lifecycle.trigger('configure');
    expect(lifecycle.state).toBe('finalized');
  });

  it('answers, and takes no second transition, while a callback takes its time', async () => {
    let finish = () => {};
    callbacks.onConfigure = () => new Promise<void>((resolve) => (finish = resolve));
    const pending = change('configure');
    await waitUntil(() => lifecycle.state === 'configuring', 'transition', PATIENCE_S);
    const { current_state } = await get('/managed/get_state', 'GetState');
    expect(current_state).toEqual({ id: 10, label: 'configuring' });
    expect(await change('shutdown')).toBe(false);
    finish();
    expect(await pending).toBe(true);
    expect(lifecycle.state).toBe('inactive');
  });

  it('publishes each change on transition_event', async () => {
    const topic = '/managed/transition_event';
    const before = peer.of(topic).length;
    await peer.run('subscribe', { type: 'lifecycle_msgs/msg/TransitionEvent', topic });
    await waitUntil(() => node.subscriberCount(topic) > 0, 'subscriber', PATIENCE_S);
    // A moment in which both ends have agreed is not visible; so changes go on until one is seen.
    await waitUntil(
      () => {
        void lifecycle.trigger(lifecycle.state === 'unconfigured' ? 'configure' : 'cleanup');
        return peer.of(topic).length > before;
      },
      'transition event',
      PATIENCE_S,
    );
    const event = peer.of(topic)[before]?.message as TransitionDescription;
    expect(['configure', 'cleanup', 'transition_success']).toContain(event.transition.label);
    expect(event.start_state.id).not.toBe(event.goal_state.id);
  });

  it('has the states and transitions of an rclpy lifecycle node', async () => {
    await peer.run('lifecycle_node', { name: 'reference' });
    const sorted = (list: TransitionDescription[]) =>
      list.toSorted((a, b) => a.transition.id - b.transition.id);
    const graph = 'GetAvailableTransitions';
    const ours = await get('/managed/get_transition_graph', graph);
    const theirs = await get('/reference/get_transition_graph', graph);
    expect(sorted(ours.available_transitions as never)).toEqual(
      sorted(theirs.available_transitions as never),
    );
    const states = await get('/managed/get_available_states', 'GetAvailableStates');
    expect(states).toEqual(await get('/reference/get_available_states', 'GetAvailableStates'));
    const now = await get('/managed/get_available_transitions', graph);
    expect(now).toEqual(await get('/reference/get_available_transitions', graph));
  });

  it('is brought to a state, step by step, by a sinew tool', async () => {
    const remote = new RemoteNode(node, '/managed');
    await remote.bringTo('active', PATIENCE_S);
    expect(lifecycle.state).toBe('active');
    await remote.bringTo('unconfigured', PATIENCE_S);
    expect(lifecycle.state).toBe('unconfigured');
    callbacks.onConfigure = () => {
      throw new SinewError('not yet');
    };
    await expect(remote.bringTo('active', PATIENCE_S)).rejects.toThrow(
      /managed: refused to configure/,
    );
  });
});
