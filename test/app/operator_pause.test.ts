/** When the demonstration leaves the arm to a person. */
import { describe, expect, it } from 'vitest';
import { OperatorPause } from '../../src/app/operator_pause.js';
import type { RosNode } from '../../src/ros/ros_node.js';

/** What hears nothing by itself; the words come by `hear`. */
const silent = { subscribe: () => ({}) } as unknown as RosNode;

function pausedBy(...words: object[]): boolean {
  const pause = new OperatorPause(silent, '/controller/authority');
  for (const word of words) pause.hear(JSON.stringify({ operator: null, mode: 'policy', ...word }));
  return pause.paused;
}

describe('OperatorPause', () => {
  it('lasts while an operator holds the arm, and while it holds for one who was lost', () => {
    expect(pausedBy({ phase: 'active' })).toBe(false);
    expect(pausedBy({ phase: 'active', mode: 'operator', operator: 'console-1' })).toBe(true);
    expect(pausedBy({ phase: 'hold', mode: 'hold' })).toBe(true);
    expect(pausedBy({ phase: 'hold', mode: 'hold' }, { phase: 'active' })).toBe(false);
  });

  it('lasts after an e-stop until somebody has activated the controller', () => {
    expect(pausedBy({ phase: 'e_stop' })).toBe(true);
    expect(pausedBy({ phase: 'e_stop' }, { phase: 'inactive' })).toBe(true);
    expect(pausedBy({ phase: 'e_stop' }, { phase: 'inactive' }, { phase: 'active' })).toBe(false);
  });

  it('does not begin by an inactive controller alone', () => {
    expect(pausedBy({ phase: 'inactive' })).toBe(false);
  });
});
