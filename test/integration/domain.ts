/** A ROS domain for each test, so that tests and whole test runs beside one another do not meet. */
import { createServer, type Server } from 'node:net';

/**
 * The ports of domain d are 7400 + 250 d and some above. From 102 on they lie among those that Linux
 * gives to any socket that asks for none in particular, from 32768 on.
 */
const FIRST = 10;
const COUNT = 90;
const LOCK_PORT = 21_700;

/** Where the search begins. It moves on, so a domain that was used is at rest for a while. */
let next = process.pid;

export interface Domain {
  readonly id: number;
  /** Gives it back; call it when all its processes are gone. The end of this process does so too. */
  release(): Promise<void>;
}

/** A domain that no other test on this machine has. */
export async function reserveDomain(): Promise<Domain> {
  for (let i = 0; i < COUNT; i++) {
    const id = FIRST + (next++ % COUNT);
    const lock = await listen(LOCK_PORT + id);
    if (lock !== undefined) {
      return { id, release: () => new Promise((resolve) => lock.close(() => resolve())) };
    }
  }
  throw new Error('all ROS domains are in use by other tests');
}

/** The port is the lock: it goes with its process, however that ends. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
    server.unref();
  });
}
