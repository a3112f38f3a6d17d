/**
 * An emulated arm whose delays are known: commands over the bus, joint states from its registers,
 * pictures of a simulated camera, on simulated time. What is found must be what was put in.
 */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRobot } from '../../../src/description/robot.js';
import { ServoArm } from '../../../src/hardware/arm/servo_arm.js';
import type { Drive, ServoBody } from '../../../src/hardware/emulator/servo_body.js';
import { type Chirp, chirpAt } from '../../../src/hardware/latency/chirp.js';
import { delayOf } from '../../../src/hardware/latency/delay.js';
import { PictureMotion } from '../../../src/hardware/latency/picture_motion.js';
import { Signal } from '../../../src/hardware/latency/signal.js';
import { World } from '../../../src/simulation/world.js';
import { repositoryFile } from '../../description/robots.js';
import { emulateSo101, JOINTS, RANGES } from '../so101.js';

const CHIRP: Chirp = { amplitude: 0.15, duration: 5, from: 0.3, to: 2 };
/** s. */
const TICK = 0.01;
const FRAME = 0.03;
const STEP = 0.002;

/** A shaft that is where it was told to be `delay` seconds ago. */
class LateShaft implements ServoBody {
  velocity = 0;
  readonly load = 0;
  position = Math.PI;
  #time = 0;
  readonly #told: { at: number; goal: number }[] = [];

  constructor(readonly delay: number) {}

  advance(dt: number, { goal }: Drive): void {
    this.#time += dt;
    if (goal !== undefined) this.#told.push({ at: this.#time, goal });
    const before = this.position;
    while ((this.#told[0]?.at ?? Infinity) <= this.#time - this.delay + 1e-9) {
      this.position = this.#told.shift()?.goal ?? this.position;
    }
    this.velocity = dt > 0 ? (this.position - before) / dt : 0;
  }
}

let world: World;
beforeAll(async () => {
  const robot = loadRobot(repositoryFile('config/so101.yaml'));
  world = await World.create({ robot: robot.description, joints: robot.config.joints });
});
afterAll(() => world?.dispose());

/** Moves the arm by the chirp; `camera` is how late pictures are stamped, s. */
async function record(actuator: number, camera: number) {
  const rig = emulateSo101();
  for (const servo of rig.emulator.bus.servos) servo.body = new LateShaft(actuator);
  const arm = await ServoArm.open({
    section: { ...section, buses: [rig.section()] },
    buses: [{ bus: rig.section(), file: rig.file }],
    ranges: RANGES,
    joints: JOINTS,
  });
  const [commanded, measured, pictures] = [new Signal(), new Signal(), new PictureMotion()];
  const size = { width: 96, height: 96, channels: 3 };
  const image = new Uint8Array(size.width * size.height * 3);
  await arm.torqueOn();
  const home = Float64Array.from(arm.positions);
  let [ticks, frames] = [0, 0];
  for (let step = 0; step * STEP < CHIRP.duration + 1; step++) {
    const now = step * STEP;
    rig.clock.time = now;
    rig.emulator.advance();
    if (now >= ticks * TICK - 1e-9) {
      ticks++;
      await arm.read();
      measured.push(now, arm.positions[0] ?? Number.NaN);
      const goal = (home[0] ?? 0) + chirpAt(CHIRP, now);
      arm.command([goal, ...home.slice(1)], now);
      const before = rig.emulator.received;
      await arm.write(now);
      // The write has no answer; time stands still until it has arrived.
      while (rig.emulator.received === before) await setImmediate();
      commanded.push(now, goal);
    }
    if (now >= frames * FRAME - 1e-9) {
      frames++;
      world.setPositions(arm.positions);
      world.render('front', image);
      pictures.push(now + camera, image, size);
    }
  }
  await arm.close();
  rig.close();
  return { commanded, measured, pictures };
}

const section = {
  rate_hz: 100,
  command_timeout_s: 1,
  lost_after: 5,
  on_exit: 'release',
  guard_timeout_s: 1,
  auto_activate: false,
  reconnect_s: 1,
} as const;

describe('the delays of an emulated arm and its camera', () => {
  for (const [actuator, camera] of [
    [0.028, 0.045],
    [0.088, 0.12],
  ] as const) {
    it(`of ${actuator * 1e3} and ${camera * 1e3} ms are found within 2 ms`, async () => {
      const { commanded, measured, pictures } = await record(actuator, camera);
      const arm = delayOf(commanded, measured, 'the joint').delay;
      // The shaft hears of a goal one step of the emulator after it was written.
      expect(Math.abs(arm - actuator - STEP)).toBeLessThan(0.002);
      const seen = delayOf(measured, pictures.signals(), 'the camera').delay;
      expect(Math.abs(seen - camera)).toBeLessThan(0.002);
    });
  }
});
