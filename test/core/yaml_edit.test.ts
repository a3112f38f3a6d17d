// Settings are written into a file that a person keeps.
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { withYamlValue } from '../../src/core/yaml_edit.js';

const TEXT = `# My arm.
robot: so101.yaml # the one on the left

# measured
latency:
  actuator_s: 0.01 # once
safety:
  scene:
    - { name: table, offset: -0.0024 }
`;

test('a value is changed in its place, and everything else stays, comments included', () => {
  const text = withYamlValue(TEXT, 'a.yaml', ['latency', 'actuator_s'], 0.062);
  expect(text).toBe(TEXT.replace('actuator_s: 0.01', 'actuator_s: 0.062'));
});

test('what is missing is added', () => {
  const text = withYamlValue(TEXT, 'a.yaml', ['latency', 'cameras', 'wrist'], 0.045);
  expect(parse(text)).toEqual({
    ...parse(TEXT),
    latency: { actuator_s: 0.01, cameras: { wrist: 0.045 } },
  });
  for (const comment of ['# My arm.', '# the one on the left', '# measured', '# once']) {
    expect(text).toContain(comment);
  }
});

test('a file that is no YAML is refused', () => {
  expect(() => withYamlValue('a: [', 'a.yaml', ['b'], 1)).toThrow(/a\.yaml: malformed YAML/);
});
