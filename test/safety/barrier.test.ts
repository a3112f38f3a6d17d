/** Limits in space, on a robot whose distances can be done in the head. */
import { describe, expect, it } from 'vitest';
import type { SceneShape } from '../../src/description/collision_model.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import { Band, Reason } from '../../src/safety/reasons.js';
import { drive, GANTRY_LIMITS, gantry, gantryLimits } from './gantry.js';

const MARGIN = 0.02;
const RADIUS = 0.02;
const wall: SceneShape = { name: 'wall', type: 'half_space', normal: [-1, 0, 0], offset: -0.4 };
const post: SceneShape = { name: 'post', type: 'sphere', center: [0, 0.4, 0], radius: 0.1 };
const crate: SceneShape = {
  name: 'crate',
  type: 'box',
  center: [-0.5, 0, 0],
  size: [0.2, 0.2, 0.2],
  rpy: [0, 0, 0],
};

/** Distances of the ball from wall, post and crate, and of the two balls. */
const fromWall = ([x]: Iterable<number>) => 0.4 - (x ?? 0) - RADIUS;
const fromPost = ([x, y]: Iterable<number>) => Math.hypot(x ?? 0, (y ?? 0) - 0.4) - 0.1 - RADIUS;
const fromCrate = ([x]: Iterable<number>) => (x ?? 0) + 0.4 - RADIUS;
const balls = ([x, y, z]: Iterable<number>) =>
  Math.hypot((x ?? 0) - (z ?? 0) - 0.5, y ?? 0) - 2 * RADIUS;

describe('limits in space', () => {
  it('names what it keeps apart', () => {
    const filter = gantry(gantryLimits([post, { ...crate, links: ['ball'] }]));
    expect([...filter.clearances].sort()).toEqual([
      'ball – crate',
      'ball – other',
      'ball – post',
      'other – post',
    ]);
    expect(new SafetyFilter(GANTRY_LIMITS).clearances).toEqual([]);
  });

  it('pass what comes near nothing, to the bit', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
    const plain = new SafetyFilter(GANTRY_LIMITS);
    plain.start(new Float64Array(3));
    for (let i = 0; i < 300; i++) {
      const desired = Float64Array.of(0.1 * Math.sin(i / 40), 0.2 * (1 - Math.cos(i / 50)), 0);
      const unknown = new Float64Array(3).fill(Number.NaN);
      filter.follow(0.01, desired, unknown);
      plain.follow(0.01, desired, unknown);
      expect([...filter.position]).toEqual([...plain.position]);
    }
  });

  it.each([
    ['a wall', wall, [1, 0, 1], fromWall],
    ['a post', post, [0, 1, 1], fromPost],
    ['a crate', crate, [-1, 0, 0], fromCrate],
  ] as const)(
    'stop at the margin from %s, slowing down before it',
    (_, shape, target, distance) => {
      const filter = gantry(gantryLimits([{ ...shape, links: ['ball'] }]));
      let least = Infinity;
      const reasons = new Set<number>();
      drive(filter, target, 600, (command) => {
        least = Math.min(least, distance(command.positions));
        for (const reason of command.reasons) reasons.add(reason);
        if (reasons.has(Reason.scene)) expect(command.band).toBe(Band.limit);
      });
      expect(least).toBeGreaterThan(MARGIN - 1e-4);
      expect(distance(filter.position)).toBeLessThan(MARGIN + 1e-3);
      expect(reasons).toContain(Reason.scene);
      expect(Math.abs(filter.velocity[0] ?? 1)).toBeLessThan(1e-3);
    },
  );

  it('let a robot come to rest where a forbidden target is nearest, without chatter', () => {
    const filter = gantry(gantryLimits([{ ...post, links: ['ball'] }]));
    // Inside the post, off the straight line from the start to its centre.
    const target = [0.06, 0.38, 0] as const;
    let turns = 0;
    let before: readonly number[] = [0, 0, 0];
    drive(filter, target, 3000, ({ velocities }) => {
      const [x = 0, y = 0] = before;
      if (x * (velocities[0] ?? 0) < -1e-6 || y * (velocities[1] ?? 0) < -1e-6) turns++;
      before = [...velocities];
    });
    const out = Math.hypot(target[0], target[1] - 0.4);
    const share = (0.1 + RADIUS + MARGIN) / out;
    expect(filter.position[0]).toBeCloseTo(share * target[0], 2);
    expect(filter.position[1]).toBeCloseTo(0.4 + share * (target[1] - 0.4), 2);
    expect(Math.max(...filter.velocity.map(Math.abs))).toBeLessThan(1e-3);
    expect(turns).toBeLessThan(4);
  });

  it('keep links apart, also when both come nearer', () => {
    const filter = gantry(gantryLimits());
    let least = Infinity;
    const reasons = new Set<number>();
    drive(filter, [1, 0, -1], 500, (command) => {
      least = Math.min(least, balls(command.positions));
      for (const reason of command.reasons) reasons.add(reason);
    });
    expect(least).toBeGreaterThan(MARGIN - 1e-4);
    expect(least).toBeLessThan(MARGIN + 2e-3);
    expect(reasons).toContain(Reason.selfCollision);
  });

  it('let a joint slide along a wall that stops another', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
    drive(filter, [1, 0.8, 1], 600);
    expect(filter.position[1]).toBe(0.8);
    expect(fromWall(filter.position)).toBeGreaterThan(MARGIN - 1e-4);
  });

  it('mind no distance that no joint can change, and keep the others', () => {
    const links = ['ball'];
    const floor: SceneShape = {
      name: 'floor',
      type: 'half_space',
      normal: [0, 0, 1],
      offset: -0.03,
    };
    const filter = gantry(
      gantryLimits([
        { ...floor, links },
        { ...wall, links },
      ]),
    );
    drive(filter, [1, 0.3, 0], 500, (command) => {
      expect(fromWall(command.positions)).toBeGreaterThanOrEqual(MARGIN - 1e-9);
    });
    expect(fromWall(filter.position)).toBeLessThan(MARGIN + 1e-3);
    expect(filter.position[1]).toBeCloseTo(0.3, 6);
  });

  it('tell the least distance on the way to rest, and between what', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
    let seen: string | undefined;
    drive(filter, [1, 0, 1], 600, ({ clearance, nearest, positions, velocities }) => {
      seen = filter.clearances[nearest];
      if (seen !== 'ball – wall') return;
      expect(clearance).toBeLessThanOrEqual(fromWall(positions) + 1e-9);
      if (velocities[0] === 0) expect(clearance).toBeCloseTo(fromWall(positions), 9);
    });
    expect(seen).toBe('ball – wall');
  });

  it('slow down before a margin the more, the smaller the gain', () => {
    const ticks = (gain: number) => {
      const limits = gantryLimits([{ ...wall, links: ['ball'] }]);
      const filter = gantry({ ...limits, barrier: { ...limits.barrier, gain } });
      let count = 0;
      drive(filter, [1, 0, 1], 1500, ({ positions }) => {
        if (fromWall(positions) > MARGIN + 0.002) count++;
      });
      return count;
    };
    expect(ticks(3)).toBeGreaterThan(1.5 * ticks(30));
  });

  it('keep a tool centre inside its workspace', () => {
    const plane = { name: 'edge', normal: [0, -1, 0] as const, offset: -0.3 };
    const filter = gantry(gantryLimits([], { workspace: [plane] }));
    const reasons = new Set<number>();
    drive(filter, [0, 1, 1], 600, ({ positions, reasons: why }) => {
      expect(positions[1]).toBeLessThan(0.3 - MARGIN + 1e-4);
      for (const reason of why) reasons.add(reason);
    });
    expect(filter.position[1]).toBeGreaterThan(0.3 - MARGIN - 1e-3);
    expect(reasons).toContain(Reason.workspace);
  });

  it('keep a tool centre below its speed limit, in all directions together', () => {
    const filter = gantry(gantryLimits([], { toolSpeed: 0.25 }));
    let fastest = 0;
    const reasons = new Set<number>();
    drive(filter, [-0.6, 0.6, 1], 500, ({ velocities: [x, y], reasons: why }) => {
      fastest = Math.max(fastest, Math.hypot(x ?? 0, y ?? 0));
      for (const reason of why) reasons.add(reason);
    });
    expect(fastest).toBeLessThanOrEqual(0.25);
    expect(fastest).toBeGreaterThan(0.2);
    expect(reasons).toContain(Reason.toolSpeed);
    expect([...filter.position]).toEqual([-0.6, 0.6, 1]);
  });

  it('brake to a lower tool speed when it is set in motion, and go on', () => {
    const filter = gantry(gantryLimits());
    drive(filter, [-1, 0, 1], 60);
    expect(filter.velocity[0]).toBeLessThan(-0.9);
    filter.toolSpeed = 0.25;
    let ticks = 0;
    drive(filter, [-1, 0, 1], 60, ({ velocities }) => {
      if (Math.abs(velocities[0] ?? 1) > 0.25) ticks++;
    });
    // 0.75 m/s at 4 m/s² with 0.04 s to build it up.
    expect(ticks).toBeLessThan(26);
    expect(filter.velocity[0]).toBeLessThan(-0.2);
  });

  it('refuse to start where links overlap more than a little, and tell which', () => {
    const filter = new SafetyFilter(GANTRY_LIMITS, {
      cartesian: gantryLimits([{ ...wall, links: ['ball'] }]),
    });
    const verdict = filter.start(Float64Array.of(0.386, 0, 1));
    const clearance = filter.clearances.indexOf('ball – wall');
    expect(verdict).toMatchObject({ ready: false, joint: -1, clearance });
    expect(verdict.ready ? '' : verdict.why).toBe('"ball – wall" overlap by 0.0060 m');
    expect(filter.start(Float64Array.of(0.384, 0, 1))).toEqual({ ready: true });
  });

  it('lead out of a start that is too near, and never deeper in', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]), [0.384, 0, 1]);
    drive(filter, [1, 0, 1], 100);
    expect(filter.position[0]).toBeCloseTo(0.384, 6);
    drive(filter, [1, 0.5, 1], 300, ({ positions }) => {
      expect(positions[0]).toBeLessThanOrEqual(0.384 + 1e-9);
    });
    let before = filter.position[0] ?? 0;
    drive(filter, [0, 0.5, 1], 300, ({ positions }) => {
      expect(positions[0]).toBeLessThanOrEqual(before);
      before = positions[0] ?? 0;
    });
    expect(filter.position[0]).toBe(0);
  });

  it('take over larger margins while running without a jump, and keep them from then on', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
    drive(filter, [1, 0, 1], 600);
    filter.barrier = { gain: 10, selfMargin: 0.02, sceneMargin: 0.06 };
    drive(filter, [1, 0, 1], 50);
    drive(filter, [0, 0, 1], 300);
    drive(filter, [1, 0, 1], 600, ({ positions }) => {
      expect(fromWall(positions)).toBeGreaterThan(0.06 - 1e-4);
    });
  });

  it('count larger margins from the next tick on, also for what was far', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
    drive(filter, [0, 1, 0], 20, ({ clearance }) => expect(clearance).toBe(Infinity));
    const away = fromWall(filter.position);
    filter.barrier = { gain: 10, selfMargin: 0.02, sceneMargin: 1.1 * away };
    drive(filter, [0, 1, 0], 1, ({ clearance }) => expect(clearance).toBeCloseTo(away, 3));
  });

  it.each(['gain', 'selfMargin', 'sceneMargin'] as const)(
    'leave all as it is where %s is no number above 0',
    (key) => {
      const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
      for (const value of [0, -1, Number.NaN]) {
        filter.barrier = { gain: 10, selfMargin: 0.1, sceneMargin: 0.1, [key]: value };
      }
      drive(filter, [1, 0, 1], 600);
      expect(fromWall(filter.position)).toBeLessThan(MARGIN + 1e-3);
    },
  );

  it('decelerate where the way ends in a corner that leaves no safe step', () => {
    // Two planes that both stop the ball: the only way to keep the one is to break the other.
    const left: SceneShape = {
      name: 'left',
      type: 'half_space',
      normal: [-1, 0.2, 0],
      offset: -0.3,
    };
    const right: SceneShape = {
      name: 'right',
      type: 'half_space',
      normal: [-1, -0.2, 0],
      offset: -0.3,
    };
    const unit = Math.hypot(1, 0.2);
    const scene = [left, right].map((plane) => ({
      ...plane,
      normal: (plane.type === 'half_space' ? plane.normal : [0, 0, 0]).map((v) => v / unit),
      offset: -0.3 / unit,
      links: ['ball'],
    })) as unknown as SceneShape[];
    const filter = gantry(gantryLimits(scene));
    drive(filter, [1, 0, 1], 600, ({ positions: [x, y] }) => {
      for (const side of [0.2, -0.2]) {
        expect((0.3 - (x ?? 0) + side * (y ?? 0)) / unit - RADIUS).toBeGreaterThan(MARGIN / 2);
      }
    });
    expect(filter.position[0]).toBeGreaterThan(0.2);
  });

  it('stand still for a target that stands still, whatever is near', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]), [0.37, 0, 1]);
    drive(filter, [0.37, 0, 1], 20, ({ band, positions }) => {
      expect(band).toBe(Band.pass);
      expect(positions[0]).toBe(0.37);
    });
  });

  it('watch a stop along the path too', () => {
    const filter = gantry(gantryLimits([{ ...wall, links: ['ball'] }]));
    drive(filter, [1, 0.3, 1], 75);
    let least = Infinity;
    for (let i = 0; i < 200; i++) {
      const command = filter.stop(0.01, 'path');
      least = Math.min(least, fromWall(command?.positions ?? []));
    }
    expect(filter.atRest).toBe(true);
    expect(least).toBeGreaterThan(MARGIN / 2);
  });
});
