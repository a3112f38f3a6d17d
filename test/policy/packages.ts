// Test packages: the committed ones, and copies of them with a fault put in.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Folder of a committed package. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** A JSON value that a test edits. */
// biome-ignore lint/suspicious/noExplicitAny: tests put any fault into a file
type Editable = any;

/** A copy of a package, removed after the test, and ways to spoil it. */
export class SpoiledPackage {
  readonly dir: string;

  constructor(name: string) {
    this.dir = mkdtempSync(join(tmpdir(), 'sinew-package-'));
    cpSync(fixture(name), this.dir, { recursive: true });
    onTestFinished(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  /** Changes a JSON file in place. */
  edit(file: string, change: (value: Editable) => void): this {
    const value: Editable = JSON.parse(readFileSync(this.path(file), 'utf8'));
    change(value);
    writeFileSync(this.path(file), JSON.stringify(value));
    return this;
  }

  /** Declares the present hashes, as an exporter that made the fault itself would. */
  rehash(): this {
    return this.edit('policy.json', (spec) => {
      for (const entry of [spec.statistics, ...Object.values<Editable>(spec.graphs)]) {
        const bytes = readFileSync(this.path(entry.file));
        entry.sha256 = createHash('sha256').update(bytes).digest('hex');
      }
    });
  }
}
