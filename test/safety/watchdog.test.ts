/** Watchdogs: ages on one clock, with times that go wrong. */
import { describe, expect, it } from 'vitest';
import { Watchdog } from '../../src/safety/watchdog.js';

describe('a watchdog', () => {
  it('is unseen, not expired, before the first sign of life', () => {
    const watchdog = new Watchdog(0.1);
    expect(watchdog.seen).toBe(false);
    expect(watchdog.expired(1e9)).toBe(false);
    expect(watchdog.age(5)).toBeNaN();
  });

  it('expires once silence is longer than its timeout', () => {
    const watchdog = new Watchdog(0.1);
    watchdog.feed(10);
    expect(watchdog.expired(10.1 - 1e-9)).toBe(false);
    expect(watchdog.expired(10.11)).toBe(true);
    watchdog.feed(10.2);
    expect(watchdog.expired(10.25)).toBe(false);
  });

  it('is alive up to the timeout itself', () => {
    const watchdog = new Watchdog(0.5);
    watchdog.feed(8);
    expect(watchdog.expired(8.5)).toBe(false);
    expect(watchdog.expired(8.5 + 2 ** -20)).toBe(true);
  });

  it('takes neither NaN nor a time from the past for life', () => {
    const watchdog = new Watchdog(0.1);
    watchdog.feed(Number.NaN);
    expect(watchdog.seen).toBe(false);
    watchdog.feed(10);
    watchdog.feed(9);
    watchdog.feed(Number.NaN);
    expect(watchdog.age(10.05)).toBeCloseTo(0.05, 12);
    expect(watchdog.age(9)).toBe(0);
  });

  it('never expires with a timeout of 0, and forgets when cleared', () => {
    const watchdog = new Watchdog(0);
    watchdog.feed(1);
    expect(watchdog.expired(1e9)).toBe(false);
    watchdog.clear();
    expect(watchdog.seen).toBe(false);
  });
});
