// A robot's own description has meshes; shapes come from the file, by the links' names.
import { expect, test } from 'vitest';
import { mergeCollisions } from '../../src/description/merge_collisions.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';

const urdf = (collision: string, upper: number) => `<robot name="r">
  <link name="base"/>
  <link name="arm"><collision><geometry>${collision}</geometry></collision></link>
  <joint name="j" type="revolute"><parent link="base"/><child link="arm"/><axis xyz="0 0 1"/>
    <limit lower="-1" upper="${upper}" velocity="1" effort="1"/></joint>
</robot>`;

const own = parseUrdf(urdf('<mesh filename="package://arm.stl"/>', 0.5), 'topic');
const file = parseUrdf(urdf('<sphere radius="0.1"/>', 2), 'file');

test('meshes are replaced by the shapes of the same link, and all else is the robot’s own', () => {
  const merged = mergeCollisions(own, file);
  expect(merged.links.get('arm')?.collisions[0]?.geometry).toEqual({ type: 'sphere', radius: 0.1 });
  expect(merged.joints.get('j')?.limit?.upper).toBe(0.5);
});

test('shapes that are read stay as they are', () => {
  const box = parseUrdf(urdf('<box size="1 2 3"/>', 0.5), 'topic');
  expect(mergeCollisions(box, file)).toEqual(box);
});
