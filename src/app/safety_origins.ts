/** Where the values of a set-up come from: a line of a file, the command line, or nowhere. */
import { relative } from 'node:path';
import { type YamlPlaces, yamlPlaces } from '../core/yaml_places.js';
import type { Config } from './config.js';

/** A value; `from` is a file and line, `--set`, or `default`. */
export interface Setting {
  readonly value: number | string | boolean | null;
  readonly unit: string;
  readonly from: string;
}

/** A file's path as it is shown: from the working folder, where it lies in it. */
export function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** Tells where values stand: in the set-up file, on the command line, or nowhere. */
export class Origins {
  readonly #file: string;
  readonly #line: YamlPlaces;
  readonly #set: readonly string[];

  constructor(config: Config, set: readonly string[]) {
    this.#file = shown(config.file);
    this.#line = yamlPlaces(config.file);
    this.#set = set.map((text) => text.slice(0, text.indexOf('=')));
  }

  of(path: string): string {
    const over = (key: string) => path === key || path.startsWith(`${key}.`);
    if (this.#set.some(over)) return '--set';
    const keys = path.split('.');
    const line = this.#line(keys);
    return line === undefined ? 'default' : `${this.#file}:${line}`;
  }

  /** The value at `path`; what is absent or infinite is none. */
  setting(path: string, value: Setting['value'] | undefined, unit = ''): Setting {
    const none = value === undefined || value === Number.POSITIVE_INFINITY;
    return { value: none ? null : value, unit, from: this.of(path) };
  }
}
