/** What other rooms may know of a safe command: its type, and whether a value is one. */
import { SafeCommand as Made } from './internal/safe_command.js';

/** A command that the filter made; robot outputs accept nothing else. Only src/safety makes them. */
export type SafeCommand = Made;

/** Whether `value` was made by the filter, for the last check before a write. */
export function isSafeCommand(value: object): value is SafeCommand {
  return Made.made(value);
}
