/**
 * Fully qualified names of gz-transport: `@/partition@/topic`.
 */
import { hostname, userInfo } from 'node:os';
import { SinewError } from '../../../core/error.js';

/** What neither a partition nor a topic may contain. */
const FORBIDDEN = /[@~\s]|:=|\/\//;

/** Longest name, as the peers have it. */
const MAX_LENGTH = 65_535;

/** The partition when none is set, as the peers choose it: `host:user`. */
export function defaultPartition(env: NodeJS.ProcessEnv = process.env): string {
  return env['GZ_PARTITION'] || env['IGN_PARTITION'] || `${hostname()}:${userInfo().username}`;
}

/** @throws SinewError when a name is one that no peer would accept */
export function qualifiedName(partition: string, topic: string): string {
  for (const [kind, name] of [
    ['partition', partition],
    ['topic', topic],
  ] as const) {
    if (name === '' || name.length > MAX_LENGTH || FORBIDDEN.test(name)) {
      throw new SinewError(`${kind} '${name}' is no name of gz-transport`, {
        expected: 'a name without @, ~, blanks, // and :=',
      });
    }
  }
  const path = topic.startsWith('/') ? topic : `/${topic}`;
  return `${partitionPrefix(partition)}${path}`;
}

/** How all names of a partition begin. */
export function partitionPrefix(partition: string): string {
  return `@/${partition.replace(/^\//, '')}@`;
}
