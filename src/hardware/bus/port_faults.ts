/** Turns what goes wrong with a serial port into one line: what, where, what to do. */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { errorLine, SinewError } from '../../core/error.js';

/** A fault of the line itself; the bus above it has to be opened anew. */
export class PortLost extends SinewError {}

/** The line for a port that could not be opened. */
export function openFault(path: string, error: unknown, others: readonly string[]): SinewError {
  const text = errorLine(error);
  const fault = (what: string, cure: string) =>
    new SinewError(what, { where: path, cure, cause: error });
  if (/no such file|ENOENT|no such device/i.test(text)) {
    const found = others.length > 0 ? `ports here: ${others.join(', ')}` : 'no serial port is here';
    return fault('no such serial port', `plug the adapter in and check the name; ${found}`);
  }
  if (/permission denied|EACCES/i.test(text)) {
    return fault(
      'no permission to open the serial port',
      'add yourself to its group (sudo usermod -aG dialout $USER) and log in again',
    );
  }
  if (/lock port|busy|temporarily unavailable|EBUSY/i.test(text)) {
    return inUseFault(path, portHolders(path), error);
  }
  if (/not a tty|inappropriate ioctl|ENOTTY/i.test(text)) {
    return fault('not a serial port', 'give the path of one, such as /dev/ttyACM0');
  }
  return fault(`the serial port cannot be opened (${text})`, 'unplug it and plug it in again');
}

/** The fault of a port that went away while it was open. */
export function lostFault(path: string, cause?: unknown): PortLost {
  return new PortLost('the serial port is gone', {
    where: path,
    cure: 'plug the adapter in again and check its cable',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The line for a port that other programs have open. */
export function inUseFault(path: string, holders: readonly string[], cause?: unknown): SinewError {
  const who = holders.length > 0 ? `${holders.join(' and ')} has it` : 'another program has it';
  return new SinewError(`the serial port is in use: ${who}`, {
    where: path,
    cure: 'stop that program',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Programs that have the port open, as `name (process 12)`; only those this user may see. The program
 * at the other end of a pseudo-terminal is none of them: it stands for the wire.
 */
export function portHolders(path: string): string[] {
  const target = resolved(path);
  return processIds()
    .filter((id) => id !== process.pid && opens(id, target))
    .map((id) => `${commandName(id)} (process ${id})`);
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((id) => Number.isInteger(id) && id > 0);
  } catch {
    return []; // No /proc: not Linux.
  }
}

function opens(id: number, target: string): boolean {
  try {
    const folder = `/proc/${id}/fd`;
    const open = readdirSync(folder).map((fd) => {
      try {
        return { fd, file: readlinkSync(`${folder}/${fd}`) };
      } catch {
        return { fd, file: '' }; // Closed since it was listed.
      }
    });
    if (!open.some(({ file }) => file === target)) return false;
    const masters = open.filter(({ file }) => file.endsWith('/ptmx'));
    return !masters.some(({ fd }) => otherEnd(id, fd) === target);
  } catch {
    return false; // Another user's process, or one that has ended.
  }
}

/** The pseudo-terminal whose other end is that file of a process. */
function otherEnd(id: number, fd: string): string | undefined {
  const [, index] =
    readFileSync(`/proc/${id}/fdinfo/${fd}`, 'utf8').match(/^tty-index:\s*(\d+)/m) ?? [];
  return index === undefined ? undefined : `/dev/pts/${index}`;
}

function commandName(id: number): string {
  try {
    return readFileSync(`/proc/${id}/comm`, 'utf8').trim();
  } catch {
    return 'a program';
  }
}
