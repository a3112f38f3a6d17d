/** The rclpy process at the other end of a test (`peer.py`), and a domain of the test's own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { reserveDomain } from '../integration/domain.js';

const script = fileURLToPath(new URL('./peer.py', import.meta.url));

// Each test file is a process of its own, with which the domain goes.
process.env.ROS_DOMAIN_ID = String((await reserveDomain()).id);

if (process.env.AMENT_PREFIX_PATH === undefined) {
  throw new Error('this test needs ROS 2 in the environment: run it with "npm test"');
}

export interface PeerMessage {
  readonly topic: string;
  readonly message?: unknown;
  readonly bytes?: string;
}

interface Line extends Partial<PeerMessage> {
  readonly id?: number;
  readonly ready?: boolean;
  readonly result?: unknown;
  readonly error?: string;
}

export class Peer {
  readonly messages: PeerMessage[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, (line: Line) => void>();
  #next = 0;
  #stderr = '';

  private constructor(process: ChildProcessWithoutNullStreams, ready: () => void) {
    this.#process = process;
    process.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    createInterface(process.stdout).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if (line.ready) ready();
      else if (line.id !== undefined) this.#pending.get(line.id)?.(line);
      else this.messages.push(line as PeerMessage);
    });
  }

  static start(): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const child = spawn('python3', [script]);
      const peer = new Peer(child, () => resolve(peer));
      child.on('exit', (code) => {
        reject(new Error(`peer.py ended with ${code}: ${peer.#stderr}`));
        for (const settle of peer.#pending.values()) settle({ error: `ended: ${peer.#stderr}` });
      });
    });
  }

  /** Runs a method of `peer.py`'s Peer. */
  run<T = unknown>(op: string, args: object = {}): Promise<T> {
    const id = this.#next++;
    this.#process.stdin.write(`${JSON.stringify({ id, op, arguments: args })}\n`);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, ({ result, error }) => {
        this.#pending.delete(id);
        if (error === undefined) resolve(result as T);
        else reject(new Error(`${op}: ${error}`));
      });
    });
  }

  /** Messages of a topic received so far. */
  of(topic: string): PeerMessage[] {
    return this.messages.filter((message) => message.topic === topic);
  }

  stop(): void {
    this.#process.removeAllListeners('exit');
    this.#process.kill('SIGKILL');
  }
}
