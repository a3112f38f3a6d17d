// Writes urdf/so101_pair.urdf, two SO-101 on one table, from urdf/so101.urdf: `node
// scripts/write_so101_pair.mjs`. A test keeps the two in step.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** Half the distance between the arms, m: far enough that both can reach forwards side by side. */
const HALF_DISTANCE = 0.15;
/** The feet stand this far below an arm's origin, m. */
const FOOT_HEIGHT = 0.0024;

/** The arm's links and joints, every name in them that others refer to led by `prefix`. */
function arm(body, prefix) {
  return body
    .replaceAll(/(<(?:link|joint) name=")/g, `$1${prefix}`)
    .replaceAll(/(<(?:parent|child) link=")/g, `$1${prefix}`)
    .replaceAll(/(<mimic joint=")/g, `$1${prefix}`);
}

function mount(side, y) {
  return `  <joint name="${side}_mount" type="fixed">
    <parent link="table"/>
    <child link="${side}_base_link"/>
    <origin xyz="0 ${y} ${FOOT_HEIGHT}" rpy="0 0 0"/>
  </joint>`;
}

/** The description of the pair, from that of one arm. */
export function so101Pair(single) {
  const inside = single.slice(single.indexOf('<robot'), single.lastIndexOf('</robot>'));
  const materials = [...inside.matchAll(/^ *<material name="[^"]*"><color .*$/gm)].map(String);
  const body = inside
    .slice(inside.indexOf('>') + 1)
    .split('\n')
    .filter((line) => !materials.includes(line))
    .join('\n')
    .trim();
  return `<?xml version="1.0" encoding="utf-8"?>
<!-- Two SO-101 follower arms side by side on one table. Written by scripts/write_so101_pair.mjs from
     so101.urdf, where the sources of all numbers are; do not edit. Joints and links are those of one
     arm, led by left_ (y = ${HALF_DISTANCE} m) and right_ (y = -${HALF_DISTANCE} m). The table's top is z = 0; it is
     only drawn here: as an obstacle it belongs to the scene of a set-up. -->
<robot name="so101_pair">

${materials.join('\n')}
  <material name="wood"><color rgba="0.72 0.58 0.42 1"/></material>

  <link name="table">
    <visual name="top">
      <origin xyz="0.15 0 -0.01" rpy="0 0 0"/>
      <geometry><box size="0.7 0.9 0.02"/></geometry>
      <material name="wood"/>
    </visual>
  </link>

${mount('left', HALF_DISTANCE)}

${mount('right', -HALF_DISTANCE)}

  <!-- The left arm. -->

  ${arm(body, 'left_')}

  <!-- The right arm. -->

  ${arm(body, 'right_')}

</robot>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = new URL('../urdf/so101_pair.urdf', import.meta.url);
  writeFileSync(target, so101Pair(read('urdf/so101.urdf')));
}
