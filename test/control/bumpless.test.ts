/** Whatever operators and policies do, and whenever: what is commanded never makes a step. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatorRig, RISING } from './operator_rig.js';

const gesture = fc.oneof(
  fc.record({
    kind: fc.constant('take' as const),
    mode: fc.constantFrom('operator', 'correction', 'shared', 'hold'),
    groups: fc.constantFrom<string[] | undefined>(undefined, ['arm'], ['gripper'], []),
  }),
  fc.record({ kind: fc.constant('letGo' as const) }),
  fc.record({ kind: fc.constant('handBack' as const) }),
  fc.record({ kind: fc.constant('lost' as const) }),
  fc.record({
    kind: fc.constant('move' as const),
    velocity: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 2 }),
  }),
  // A command that has nothing to do with where the arm is.
  fc.record({
    kind: fc.constant('jump' as const),
    position: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('silence' as const) }),
  fc.record({
    kind: fc.constant('chunk' as const),
    slope: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
    age: fc.double({ min: 0, max: 0.4, noNaN: true }),
  }),
);
type Gesture = typeof gesture extends fc.Arbitrary<infer T> ? T : never;

function act(rig: OperatorRig, what: Gesture): void {
  if (what.kind === 'take') rig.take(what.mode, what.groups);
  else if (what.kind === 'letGo') rig.letGo();
  else if (what.kind === 'handBack') rig.handBack();
  else if (what.kind === 'lost') rig.beat = undefined;
  else if (what.kind === 'move') rig.move(...what.velocity);
  else if (what.kind === 'jump') rig.command = { position: what.position, velocity: [0, 0] };
  else if (what.kind === 'silence') rig.command = undefined;
  else {
    const from = rig.position[0] ?? 0;
    const steps = RISING.map((_, i) => from + 0.1 * what.slope * i);
    rig.chunk(steps, rig.now - what.age);
  }
}

describe('authority that changes hands at any time', () => {
  it('never makes a step beyond the limits of velocity, acceleration and jerk', () => {
    const scripts = fc.array(fc.tuple(gesture, fc.integer({ min: 1, max: 45 })), { maxLength: 14 });
    fc.assert(
      fc.property(scripts, (script) => {
        const rig = OperatorRig.moving();
        for (const [what, ticks] of script) {
          act(rig, what);
          rig.ticks(ticks);
        }
        expect(rig.commands.slice(2).every((row) => row?.every(Number.isFinite))).toBe(true);
        expect(rig.excess).toBeLessThan(1e-6);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps the limits over the time that really passed, where ticks are late', () => {
    const late = fc.double({ min: 0, max: 0.0095, noNaN: true });
    const scripts = fc.array(fc.tuple(gesture, fc.array(late, { minLength: 1, maxLength: 30 })), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(scripts, (script) => {
        const rig = OperatorRig.moving();
        let deadline = rig.now;
        for (const [what, lates] of script) {
          act(rig, what);
          for (const by of lates) {
            deadline += 0.01;
            rig.tick(deadline + by - rig.now);
          }
        }
        expect(rig.excess).toBeLessThan(1e-6);
      }),
      { numRuns: 100 },
    );
  });

  it('ends at rest wherever nobody commands', () => {
    const speed = fc.double({ min: -2.5, max: 2.5, noNaN: true });
    fc.assert(
      fc.property(speed, fc.integer({ min: 1, max: 60 }), (velocity, ticks) => {
        const rig = OperatorRig.moving();
        rig.take();
        rig.ticks(ticks);
        rig.move(velocity, -velocity);
        rig.ticks(ticks);
        rig.command = undefined;
        rig.ticks(200);
        expect([...rig.velocity]).toEqual([0, 0]);
        expect(rig.phase).toBe('active');
      }),
      { numRuns: 60 },
    );
  });

  it('slows the policy’s motion down without swinging back at a takeover', () => {
    const slope = fc.double({ min: 0.1, max: 1.4, noNaN: true });
    fc.assert(
      fc.property(slope, fc.integer({ min: 5, max: 60 }), (rate, ticks) => {
        const rig = new OperatorRig();
        rig.activate();
        rig.chunk(RISING.map((_, i) => 0.1 + 0.1 * rate * i));
        rig.ticks(ticks);
        rig.take();
        const from = rig.velocity[0] ?? 0;
        let least = Number.POSITIVE_INFINITY;
        for (let i = 0; i < 150; i++) {
          rig.tick();
          least = Math.min(least, rig.velocity[0] ?? 0);
        }
        expect(least).toBeGreaterThan(-0.02 - 0.05 * Math.abs(from));
      }),
      { numRuns: 60 },
    );
  });
});
