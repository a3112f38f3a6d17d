// Stryker's test runner for src/safety: runs its unit tests thousands of times in one process, where
// starting vitest for every mutant would take a hundred times as long as the tests themselves.
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import { collect } from './vitest.mjs';

/** Not run for mutants: they take long, and find next to nothing in a small share of that. */
const LEFT_OUT = /^(attack|chatter|promises_cartesian)/;
/** A mutant that is reached so many times as often as in a run without it runs for ever. */
const FOR_EVER = 10;
/** But not before it was reached as often as this. */
const SELDOM = 100_000;
const MOST_MUTANTS = 1 << 16;
/** What a test may take, ms, beside so many times what it took before: beyond, it runs for ever too. */
const PATIENCE = 3000;
const PATIENCE_FACTOR = 20;
/** What a test is taken to need that was not run yet, ms. */
const UNKNOWN_TIME = 1000;

/** Calls `globalThis.testToRun`: only what a script calls can be ended from outside. */
const call = new Script('testToRun()');

/** What the code under test sees: see hooks.mjs. */
const mutants = {
  /** Number of the mutant to try; −1 for none. */
  active: -1,
  /** How often the code of each mutant was reached, where that is counted. */
  reached: new Float64Array(MOST_MUTANTS),
  hits: 0,
  most: Infinity,
  hit() {
    if (++this.hits > this.most) throw new Error('the mutant runs for ever');
    return true;
  },
};

class InProcessRunner {
  /** @type {import('./vitest.mjs').NotedTest[]} */
  #tests = [];
  /** How often the tests were loaded. */
  #generation = 0;
  /** Milliseconds that a test took last, when it passed. */
  #took = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    globalThis.mutants = mutants;
    register('./hooks.mjs', import.meta.url);
  }

  /** Runs all tests without a mutant, and counts which mutants each of them comes by. */
  async dryRun() {
    await this.#load('&counting');
    const mutantCoverage = { static: takeReached(), perTest: {} };
    const tests = [];
    for (const test of this.#tests) {
      tests.push(await this.#run(test));
      mutantCoverage.perTest[test.id] = takeReached();
    }
    this.#tests = [];
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit: hundredfold }) {
    const whileLoading = mutantActivation === 'static';
    const mutant = Number(activeMutant.id);
    const most = Math.max(SELDOM, ((hundredfold ?? Infinity) / 100) * FOR_EVER);
    let tests = await this.#try(mutant, most, whileLoading, testFilter);
    if (await this.#failsWithout(tests.at(-1))) {
      this.#tests = [];
      tests = await this.#try(mutant, most, whileLoading, testFilter);
    }
    if (whileLoading) this.#tests = [];
    return mutants.hits > most || tests.at(-1)?.forEver
      ? toMutantRunResult({ status: DryRunStatus.Timeout })
      : toMutantRunResult({ status: DryRunStatus.Complete, tests });
  }

  async #try(mutant, most, whileLoading, testFilter) {
    mutants.hits = 0;
    mutants.most = most;
    try {
      if (whileLoading) mutants.active = mutant;
      if (whileLoading || this.#tests.length === 0) await this.#load();
      mutants.active = mutant;
      return await this.#runUntilFailure(testFilter);
    } catch (error) {
      return [failed('loading', error)];
    } finally {
      mutants.active = -1;
    }
  }

  /** Whether the test that failed last does so without a mutant too: one left something changed. */
  async #failsWithout(last) {
    if (last?.status !== TestStatus.Failed) return false;
    const test = this.#tests.find(({ id }) => id === last.id);
    return test !== undefined && (await this.#run(test)).status === TestStatus.Failed;
  }

  /** Loads the tests, and all that they import, anew. */
  async #load(option = '') {
    this.#generation++;
    const query = `?generation=${this.#generation}${option}`;
    const load = (path) => import(pathToFileURL(join(process.cwd(), path)).href + query);
    await load('test/property_seed.ts');
    const folder = 'test/safety';
    const tests = [];
    for (const file of readdirSync(folder)) {
      if (!file.endsWith('.test.ts') || LEFT_OUT.test(file)) continue;
      tests.push(...(await collect(file, () => load(join(folder, file)))));
    }
    this.#tests = tests;
  }

  /** Runs the tests named, all without a filter, quickest first. */
  async #runUntilFailure(filter) {
    const wanted = filter && new Set(filter);
    const took = ({ id }) => this.#took.get(id) ?? 0;
    const tests = this.#tests.filter(({ id }) => wanted?.has(id) ?? true);
    const results = [];
    for (const test of tests.sort((a, b) => took(a) - took(b))) {
      const result = await this.#run(test);
      results.push(result);
      if (result.status === TestStatus.Failed) break;
    }
    return results;
  }

  async #run({ id, run }) {
    const started = performance.now();
    globalThis.testToRun = run;
    const timeout = Math.ceil(PATIENCE + PATIENCE_FACTOR * (this.#took.get(id) ?? UNKNOWN_TIME));
    const result = await Promise.resolve()
      .then(() => call.runInThisContext({ timeout }))
      .then(
        () => ({ id, name: id, status: TestStatus.Success }),
        (error) => failed(id, error),
      );
    const timeSpentMs = performance.now() - started;
    if (result.status === TestStatus.Success) this.#took.set(id, timeSpentMs);
    return { ...result, timeSpentMs };
  }
}

function failed(id, error) {
  const failureMessage = String(error?.message ?? error);
  const forEver = error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
  return { id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage, forEver };
}

/** The counts since the last call, by mutant. */
function takeReached() {
  const counts = {};
  for (const [id, count] of mutants.reached.entries()) if (count > 0) counts[id] = count;
  mutants.reached.fill(0);
  return counts;
}

function create() {
  return new InProcessRunner();
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in_process', create)];
