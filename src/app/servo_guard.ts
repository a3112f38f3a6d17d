/** The guard process of a servo driver; started by it, and outlives it. See docs/servos.md. */
import { pino } from 'pino';
import { guard } from '../hardware/guard/guard.js';
import { guardTaskSchema } from '../hardware/guard/guard_task.js';

const log = pino({ name: 'servo_guard' }, pino.destination({ fd: 2, sync: true }));
// Only the end of its driver ends the guard.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const task = guardTaskSchema.parse(JSON.parse(process.argv[2] ?? ''));
const settled = await guard(task, process.stdin, (line) => log.error(line));
process.exit(settled ? 0 : 1);
