/** The transport against real gz-transport 11 peers: the command-line tools of Debian. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MessageSet } from '../../../src/simulation/gazebo/messages/message_set.js';
import { findProgram } from '../../../src/simulation/gazebo/server_program.js';
import { TransportNode } from '../../../src/simulation/gazebo/transport/transport_node.js';

const set = new MessageSet(
  'syntax = "proto3"; package PACKAGE; message StringMsg { string data = 2; } message Boolean { bool data = 2; }',
  'ignition.msgs',
);
const text = set.codec<{ data: string }>('StringMsg');
const truth = set.codec<{ data: boolean }>('Boolean');
const TEXT = 'ignition.msgs.StringMsg';

/** A command-line peer and what it has said. */
class Peer {
  output = '';
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(tool: 'topic' | 'service', args: string[], partition = 'peers', statistics = false) {
    const file = findProgram(`ign-transport-${tool}`) ?? '';
    const env = {
      ...process.env,
      IGN_PARTITION: partition,
      IGN_IP: '127.0.0.1',
      ...(statistics && { IGN_TRANSPORT_TOPIC_STATISTICS: '1' }),
    };
    this.#child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      this.output += part;
      for (const look of this.#waiting) look();
    });
    this.ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  /** Resolves when it has said this. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.output)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }
}

const say = (words: string, topic = '/theirs') => [
  '-p',
  `data: "${words}"`,
  '-m',
  TEXT,
  '-t',
  topic,
];

describe('real gz-transport 11 peers', () => {
  let node: TransportNode;
  const open = (partition = 'peers') => TransportNode.open({ partition, address: '127.0.0.1' });

  beforeEach(async () => {
    node = await open();
  });
  afterEach(async () => node.close());

  /** Publishes until the peer has it: it may subscribe at any time. */
  async function publishUntil(
    peer: Peer,
    topic: string,
    words: string,
    from = node,
  ): Promise<void> {
    const publication = from.advertise(topic, text);
    let heard = false;
    const done = peer.says(new RegExp(words)).then(() => {
      heard = true;
    });
    while (!heard) {
      await publication.publish({ data: words });
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    expect(publication.connected).toBe(true);
    publication.close();
  }

  test('hear what is published, also when they were there before', async () => {
    const peer = new Peer('topic', ['-e', '-t', '/hello']);
    await publishUntil(peer, '/hello', 'from node');
    await peer.stop();
  });

  test('are heard', async () => {
    const heard: string[] = [];
    node.subscribe('/theirs', text, ({ data }) => heard.push(data));
    await sayUntil('from peer', () => heard.length > 0);
    expect(heard[0]).toBe('from peer');
  });

  test('ask a service of this node', async () => {
    node.serve('/ask', text, truth, ({ data }) => ({ data: data === 'yes' }));
    const types = ['--reqtype', TEXT, '--reptype', 'ignition.msgs.Boolean', '--timeout', '20000'];
    const peer = new Peer('service', ['-r', 'data: "yes"', '-s', '/ask', ...types]);
    await peer.ended;
    expect(peer.output).toContain('data: true');
  });

  test('list topics and services of this node', async () => {
    node.advertise('/listed', text);
    node.serve('/asked', text, truth, () => ({ data: true }));
    const topics = new Peer('topic', ['-l']);
    await topics.ended;
    expect(topics.output).toContain('/listed');
    const services = new Peer('service', ['-l']);
    await services.ended;
    expect(services.output).toContain('/asked');
  });

  test('of another partition neither hear nor are heard', async () => {
    const heard: string[] = [];
    node.subscribe('/theirs', text, ({ data }) => heard.push(data));
    const stranger = new Peer('topic', say('stranger'), 'elsewhere');
    await stranger.ended;
    await sayUntil('friend', () => heard.length > 0);
    expect(new Set(heard)).toEqual(new Set(['friend']));
    expect(node.counters.otherPartition).toBeGreaterThan(0);
  });

  test('that keep statistics of their topics hear and are heard by a node that does so', async () => {
    const counting = await TransportNode.open({
      partition: 'peers',
      address: '127.0.0.1',
      statistics: true,
    });
    const listener = new Peer('topic', ['-e', '-t', '/counted'], 'peers', true);
    await publishUntil(listener, '/counted', 'counted', counting);
    await listener.stop();
    const heard: string[] = [];
    counting.subscribe('/theirs', text, ({ data }) => heard.push(data));
    while (heard.length === 0) await new Peer('topic', say('numbered'), 'peers', true).ended;
    expect(heard[0]).toBe('numbered');
    expect(counting.counters.malformed).toBe(0);
    await counting.close();
  });

  test('and two nodes of this kind find each other, the late one too', async () => {
    const late = await open();
    const publication = node.advertise('/between', text);
    const heard: string[] = [];
    late.subscribe('/between', text, ({ data }) => heard.push(data));
    await until(() => publication.connected);
    await publication.publish({ data: 'hello' });
    await until(() => heard.length > 0);
    late.serve('/late', text, truth, ({ data }) => ({ data: data !== '' }));
    const request = { codec: text, message: { data: 'x' } };
    expect(await node.request('/late', request, truth, 10)).toEqual({ data: true });
    await late.close();
    await expect(node.request('/late', request, truth, 0.5)).rejects.toThrow(
      /nobody offers it|the server is gone/,
    );
  });
});

/** Has peers say something until it was heard: each waits less than a second for its listeners. */
async function sayUntil(words: string, heard: () => boolean): Promise<void> {
  while (!heard()) await new Peer('topic', say(words)).ended;
}

/** Resolves when something has become true. */
async function until(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 10));
}
