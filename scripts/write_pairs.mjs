// Writes the descriptions of two arms on one table, urdf/so101_pair.urdf and urdf/aloha.urdf, from those
// of one arm: `node scripts/write_pairs.mjs`. A test keeps them in step.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** By the pair's name: the single arm, where its origin stands (m, rad), the table, and the comment. */
export const PAIRS = {
  so101_pair: {
    of: 'so101',
    left: { xyz: '0 0.15 0.0024', rpy: '0 0 0' },
    right: { xyz: '0 -0.15 0.0024', rpy: '0 0 0' },
    table: { xyz: '0.15 0 -0.01', size: '0.7 0.9 0.02' },
    text: `Two SO-101 follower arms side by side on one table. Written by scripts/write_pairs.mjs from
     so101.urdf, where the sources of all numbers are; do not edit. Joints and links are those of one
     arm, led by left_ (y = 0.15 m) and right_ (y = -0.15 m); the feet stand 2.4 mm below an arm's
     origin. The table's top is z = 0; it is only drawn here: as an obstacle it belongs to the scene of
     a set-up.`,
  },
  aloha: {
    of: 'vx300s',
    left: { xyz: '-0.469 0 0.02', rpy: '0 0 0' },
    right: { xyz: '0.469 0 0.02', rpy: '0 0 3.141592653589793' },
    table: { xyz: '0 0 -0.01', size: '1.22 0.75 0.02' },
    text: `The followers of ALOHA: two ViperX 300 6DOF that face each other over a table. Written by
     scripts/write_pairs.mjs from vx300s.urdf, where the sources of all numbers are; do not edit. Joints
     and links are those of one arm, led by left_ and right_; their bases stand 0.938 m apart on rails of
     20 mm, as in MuJoCo Menagerie's model (aloha), whose 19 mm towards the operator are left out. The
     table's top is z = 0; it is only drawn here: as an obstacle it belongs to the scene of a set-up.`,
  },
};

/** The arm's links and joints, every name in them that others refer to led by `prefix`. */
function arm(body, prefix) {
  return body
    .replaceAll(/(<(?:link|joint) name=")/g, `$1${prefix}`)
    .replaceAll(/(<(?:parent|child) link=")/g, `$1${prefix}`)
    .replaceAll(/(<mimic joint=")/g, `$1${prefix}`);
}

function mount(side, { xyz, rpy }) {
  return `  <joint name="${side}_mount" type="fixed">
    <parent link="table"/>
    <child link="${side}_base_link"/>
    <origin xyz="${xyz}" rpy="${rpy}"/>
  </joint>`;
}

/** The description of the pair `name`, from that of one arm. */
export function pairUrdf(name, single) {
  const { left, right, table, text } = PAIRS[name];
  const inside = single.slice(single.indexOf('<robot'), single.lastIndexOf('</robot>'));
  const materials = [...inside.matchAll(/^ *<material name="[^"]*"><color .*$/gm)].map(String);
  const body = inside
    .slice(inside.indexOf('>') + 1)
    .split('\n')
    .filter((line) => !materials.includes(line))
    .join('\n')
    .trim();
  return `<?xml version="1.0" encoding="utf-8"?>
<!-- ${text} -->
<robot name="${name}">

${materials.join('\n')}
  <material name="wood"><color rgba="0.72 0.58 0.42 1"/></material>

  <link name="table">
    <visual name="top">
      <origin xyz="${table.xyz}" rpy="0 0 0"/>
      <geometry><box size="${table.size}"/></geometry>
      <material name="wood"/>
    </visual>
  </link>

${mount('left', left)}

${mount('right', right)}

  <!-- The left arm. -->

  ${arm(body, 'left_')}

  <!-- The right arm. -->

  ${arm(body, 'right_')}

</robot>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, { of }] of Object.entries(PAIRS)) {
    const target = new URL(`../urdf/${name}.urdf`, import.meta.url);
    writeFileSync(target, pairUrdf(name, read(`urdf/${of}.urdf`)));
  }
}
