/** The program that a step is found by learns how little straight its rows are. */
import { describe, expect, it } from 'vitest';
import { Assessment } from '../../src/safety/internal/assessment.js';
import { Bounds, StepProgram } from '../../src/safety/internal/step_program.js';
import { Reason } from '../../src/safety/reasons.js';
import { arms, motion } from './moving_arms.js';

const { clearances } = arms();

/** Programs over ways on which something comes too near, and how a step found for some bounds falls short. */
function* programs() {
  for (let seed = 1; seed <= 1000; seed++) {
    const { path, pose, joints } = motion(seed, 0.1, 1);
    const assessment = new Assessment(clearances, path.most);
    assessment.keep = 0.9;
    assessment.start(pose);
    if (assessment.distances.clearance < 0.01) continue;
    const begin = () => {
      path.lay();
      assessment.judge(path);
      for (const joint of joints) joint.range();
      path.spread();
    };
    begin();
    if (assessment.reason !== Reason.selfCollision) continue;
    const program = new StepProgram(clearances, path, assessment);
    const { target, weight, lower, upper, x } = program.program;
    target.set(path.rest);
    weight.fill(1);
    lower.set(path.leastRest);
    upper.set(path.mostRest);
    const steps = joints.map(({ next }) => next);
    yield {
      program,
      solve: (which: 0 | 1 | 2): number | undefined => {
        joints.forEach((joint, i) => {
          joint.next = steps[i] ?? Number.NaN;
        });
        begin();
        program.linearise();
        if (!program.solve(which)) return undefined;
        path.redirect(x, Reason.selfCollision);
        path.lay();
        assessment.judge(path);
        return assessment.reason === Reason.selfCollision ? assessment.shortfall : 0;
      },
    };
  }
}

describe('the program of a step', () => {
  it('misses less of a distance once it has learned by how much it was missed', () => {
    let count = 0;
    let before = 0;
    let after = 0;
    for (const { program, solve } of programs()) {
      const first = solve(Bounds.wish);
      if (first === undefined || first === 0) continue;
      program.learn();
      const second = solve(Bounds.ample);
      if (second === undefined) continue;
      expect(program.ample).toBe(true);
      count++;
      before += first;
      after += second;
    }
    expect(count).toBeGreaterThan(10);
    expect(after).toBeLessThan(0.6 * before);
  });

  it('asks for no more than it should before it has learned, and after it has forgotten', () => {
    let count = 0;
    for (const { program, solve } of programs()) {
      const first = solve(Bounds.wish);
      if (first === undefined || first === 0) continue;
      expect(program.ample).toBe(false);
      expect(solve(Bounds.ample)).toBe(first);
      program.learn();
      program.forget();
      expect(solve(Bounds.ample)).toBe(first);
      expect(program.ample).toBe(false);
      count++;
    }
    expect(count).toBeGreaterThan(10);
  });
});
