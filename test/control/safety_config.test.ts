/** What the safety section of a set-up file refuses before any process begins. */
import { describe, expect, it } from 'vitest';
import { MAX_WATCHES } from '../../src/control/control_memory.js';
import { safetySection } from '../../src/control/safety_config.js';
import { parseYaml } from '../../src/core/yaml_file.js';

function withStreams(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `  camera_${i}: { kind: camera, timeout_s: 0.5 }`,
  );
  return `watch:\n${lines.join('\n')}\n`;
}

describe('the safety section', () => {
  it('watches as many streams as the tick has room for', () => {
    const { watch } = parseYaml(withStreams(MAX_WATCHES), 'cell.yaml', safetySection);
    expect(Object.keys(watch)).toHaveLength(MAX_WATCHES);
  });

  it('refuses one stream more, with its place', () => {
    expect(() => parseYaml(withStreams(MAX_WATCHES + 1), 'cell.yaml', safetySection)).toThrow(
      new RegExp(`^cell\\.yaml:\\d+:\\d+: watch: .*expected at most ${MAX_WATCHES} streams`),
    );
  });
});
