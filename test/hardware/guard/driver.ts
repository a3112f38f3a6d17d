/**
 * A driver process for the guard's test: switches one servo on, starts its guard, says `ready` and
 * then lives, hangs or ends as told. Arguments: guard task as JSON (driver 0 becomes this process),
 * path of the guard process, and `live`, `hang` or `end`.
 */
import { GuardLink } from '../../../src/hardware/guard/guard_link.js';
import { guardTaskSchema } from '../../../src/hardware/guard/guard_task.js';

const [json = '', module = '', how = 'live'] = process.argv.slice(2);
const task = guardTaskSchema.parse(JSON.parse(json));
const link = new GuardLink(module, { ...task, driver: process.pid }, () => process.exit(3));
const timer = setInterval(() => link.alive(), 20);
process.stdout.write(`ready ${link.pid}\n`);
if (how === 'hang') {
  setTimeout(() => {
    for (;;);
  }, 200);
} else if (how === 'end') {
  setTimeout(async () => {
    clearInterval(timer);
    await link.farewell();
    process.exit(0);
  }, 200);
}
