// What a controller_manager has to be asked for, from what it lists.
import { describe, expect, it } from 'vitest';
import {
  joinPlans,
  type ListedController,
  planSwitch,
} from '../../../src/hardware/ros2_control/switch_plan.js';

const INTERFACES = ['a/position', 'b/position'];

function listed(name: string, state: string): ListedController {
  return {
    name,
    state,
    type: 'x',
    claimed_interfaces: state === 'active' ? INTERFACES : [],
    required_command_interfaces: INTERFACES,
  };
}

describe('the plan of a switch', () => {
  it('loads and configures what is not there, and switches what is not so yet', () => {
    const all = [listed('trajectory', 'active'), listed('other', 'inactive')];
    expect(planSwitch(all, ['forward'], ['trajectory', 'other', 'gone'])).toEqual({
      load: ['forward'],
      configure: ['forward'],
      activate: ['forward'],
      deactivate: ['trajectory'],
    });
  });

  it('configures a controller that is only loaded, and leaves an active one alone', () => {
    const plan = planSwitch([listed('forward', 'unconfigured')], ['forward'], []);
    expect(plan).toMatchObject({ load: [], configure: ['forward'], activate: ['forward'] });
    const nothing = { load: [], configure: [], activate: [], deactivate: [] };
    expect(planSwitch([listed('forward', 'active')], ['forward'], [])).toEqual(nothing);
  });

  it('joined with one that found all in place is what there is to undo', () => {
    const first = planSwitch([listed('jtc', 'active')], ['forward'], ['jtc']);
    const then = [listed('jtc', 'inactive'), listed('forward', 'active')];
    const second = planSwitch(then, ['forward'], ['jtc']);
    expect(second.activate).toEqual([]);
    expect(joinPlans(first, second)).toEqual(first);
    expect(joinPlans(first, first)).toEqual(first);
  });

  it('is refused when another controller, which may stay, holds an interface', () => {
    const all = [listed('trajectory', 'active'), listed('forward', 'inactive')];
    expect(() => planSwitch(all, ['forward'], [])).toThrow(
      /ros2_control\.deactivate: the robot's controller "trajectory" holds a\/position/,
    );
  });

  it('is refused for a controller that has ended', () => {
    expect(() => planSwitch([listed('forward', 'finalized')], ['forward'], [])).toThrow(
      /"forward" is finalized/,
    );
  });
});
