/** Doctor: how late does a thread wake that sleeps to absolute deadlines, as the tick does? */
import { spawnSync } from 'node:child_process';
import type { Finding, Probe } from './probe.js';

const PERIOD_MS = 2;
const SLEEPS = 250;
/** A tick at 100 Hz stands this much at p99. */
const LIMIT_MS = 2;

/** Sleeps `SLEEPS` times to deadlines `PERIOD_MS` apart; returns each lateness in ms. */
function measure(): number[] {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const lateness: number[] = [];
  let deadline = performance.now() + PERIOD_MS;
  for (let i = 0; i < SLEEPS; i += 1) {
    for (let rest = deadline - performance.now(); rest > 0; rest = deadline - performance.now()) {
      Atomics.wait(cell, 0, 0, rest);
    }
    lateness.push(performance.now() - deadline);
    deadline = Math.max(deadline + PERIOD_MS, performance.now());
  }
  return lateness;
}

/** Smallest step that the steady clock shows, ns. */
function resolution(): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 1000; i += 1) {
    const start = process.hrtime.bigint();
    let end = process.hrtime.bigint();
    while (end === start) end = process.hrtime.bigint();
    smallest = Math.min(smallest, Number(end - start));
  }
  return smallest;
}

/** Measures at the priority that the controller takes, where that is permitted. */
function measureAsTheTick(): { lateness: number[]; fifo: boolean } {
  const schedule = (...policy: string[]): boolean =>
    spawnSync('chrt', [...policy, String(process.pid)], { stdio: 'ignore' }).status === 0;
  const fifo = schedule('-f', '-p', '50');
  const lateness = measure();
  if (fifo) schedule('-o', '-p', '0');
  return { lateness, fifo };
}

/** @param lateness ms, in any order @param step resolution of the clock, ns */
export function judgeLateness(lateness: readonly number[], step: number): Finding {
  const sorted = [...lateness].sort((a, b) => a - b);
  const at = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  const detail =
    `wakes ${at(0.5).toFixed(2)} ms late (p99 ${at(0.99).toFixed(2)} ms), ` +
    `clock steps of ${step} ns`;
  if (at(0.99) <= LIMIT_MS) return { ok: true, detail };
  const cure = 'permit real-time priority (see above), end other load, use a clocksource of tsc';
  return { ok: false, detail: `${detail}, wanted p99 below ${LIMIT_MS} ms`, cure };
}

function run(): Finding {
  const { lateness, fifo } = measureAsTheTick();
  const finding = judgeLateness(lateness, resolution());
  return { ...finding, detail: `${finding.detail}${fifo ? ', at SCHED_FIFO' : ''}` };
}

export const clockProbe: Probe = { name: 'clock', essential: false, run };
