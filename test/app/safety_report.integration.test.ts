/** What ~/safety tells of a loop whose main thread sleeps, over real ROS 2. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SafetyReport } from '../../src/app/safety_report.js';
import { DECISION, decisionWidth } from '../../src/control/decision_recorder.js';
import { RecordRing } from '../../src/core/record_ring.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { Band } from '../../src/safety/reasons.js';
import { LIMITS, LoopRig } from '../control/loop_rig.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { until } from '../integration/until.js';

const WIDTH = decisionWidth(LIMITS.length);
/** ROS time less the loop's, s. */
const OFFSET = 1000;
/** A step at once, and then for longer than the test nothing that has to be limited. */
const STEP = [0, ...Array<number>(60).fill(0.5)];
let domain: Domain;
let node: RosNode;

beforeAll(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'reporting', domainId: domain.id });
});
afterAll(async () => {
  await node?.close();
  await domain?.release();
});

it('the worst decision is told although the main thread slept for 4 s at 1 kHz', async () => {
  const rig = new LoopRig();
  rig.set({ chunkTimeoutS: 10 });
  const names = LIMITS.map(({ name }) => name);
  const report = new SafetyReport(node, names, 50, rig.memory, (time) => time + OFFSET);
  const got: Float64Array[] = [];
  node.subscribe('/reporting/safety', 'std_msgs/msg/Float64MultiArray', 'reliable', ({ data }) => {
    got.push(data);
  });
  const { buffer, capacity } = rig.memory.decisions;
  const all = new RecordRing(WIDTH, capacity, buffer);
  try {
    expect(rig.activate()).toBe(true);
    // What comes before the two have found each other is lost.
    await until(() => {
      rig.tick();
      report.drain();
      return got.length > 0;
    }, 'a first message');
    report.takeCounts();
    rig.chunk(STEP);
    rig.ticks(4000, 0.001);
    const rows = new Float64Array(capacity * WIDTH);
    const count = all.drain(rows);
    const decisions = Array.from({ length: count }, (_, i) =>
      rows.slice(i * WIDTH).slice(0, WIDTH),
    );
    const limited = decisions.filter((row) => row[DECISION.band] === Band.limit);
    expect(limited.length).toBeGreaterThan(0);
    expect(decisions.at(-1)?.[DECISION.band]).toBe(Band.pass);
    report.drain();
    expect(rig.memory.decisions.lost).toBe(0);
    const time = (limited.at(-1)?.[DECISION.time] ?? 0) + OFFSET;
    await until(() => got.some((row) => row[DECISION.time] === time), 'the worst decision');
    expect(got.find((row) => row[DECISION.time] === time)?.[DECISION.band]).toBe(Band.limit);
    expect(report.takeCounts()).toMatch(/^a \d+ \(.+\), b \d+ \(.+\)$/);
  } finally {
    report.close();
  }
});
