/** A ROS domain for each test, so that tests and whole test runs beside one another do not meet. */
import { createServer, type Server } from 'node:net';

/** Above 101, the ports of a domain reach into those that the system gives out. */
const FIRST = 10;
const COUNT = 90;
const LOCK_PORT = 21_700;

/** A domain that no other test has; `release` it when all its processes are gone. */
export async function reserveDomain(): Promise<{ id: number; release: () => Promise<void> }> {
  for (let i = 0; i < COUNT; i++) {
    // Starting at different places keeps a domain at rest for a while before it is used again.
    const id = FIRST + ((process.pid + i) % COUNT);
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
