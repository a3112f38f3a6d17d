/** `sinew safety explain` as text for a terminal of 100 columns. */
import type { Explanation, LimitKey } from './safety_explain.js';
import type { Setting } from './safety_origins.js';

const WIDTH = 100;

/** Lines of the whole page. */
export function safetyTable(explanation: Explanation): string[] {
  const { robot, file, sha256 } = explanation;
  return [
    `Safety of ${robot.name} by ${file}, ${robot.file}, ${robot.urdf}`,
    `SHA-256 ${sha256}`,
    ...noteLines(explanation),
    ...jointLines(explanation),
    ...spaceLines(explanation),
    ...settingLines('Barrier', barrier(explanation)),
    ...settingLines('Loop', explanation.loop),
    ...settingLines('Watchdogs', explanation.watchdogs),
    ...settingLines('Operators', explanation.operators),
    ...settingLines('Gate that asks for an operator', explanation.gate),
    ...settingLines('Thresholds', explanation.thresholds),
    ...failsafeLines(explanation),
  ];
}

/** Columns as wide as their widest cell; numbers to the right. */
function columns(rows: readonly (readonly string[])[], numeric: (column: number) => boolean) {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (numeric(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** `head`, then words in lines that fit, all but the first indented. */
function wrap(head: string, words: string, indent = '      '): string[] {
  const lines = [head];
  for (const word of words.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + 1 + word.length > WIDTH) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

function text({ value, unit }: Pick<Setting, 'value' | 'unit'>): string {
  if (value === null) return 'none';
  const number = typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
  return unit === '' ? number : `${number} ${unit}`;
}

/** Where the controller will know better than this page. */
function noteLines({ robot }: Explanation): string[] {
  const { description_topic: topic, urdf } = robot;
  if (topic === null) return [];
  const note =
    `This is by ${urdf}. The controller takes what ${topic} says in its place when it starts: ` +
    'joints, kinematics and their limits, so its SHA-256 may be another (its log and /diagnostics ' +
    'tell it).';
  return ['', ...wrap('Note:', note, '  ')];
}

function jointLines({ joints }: Explanation): string[] {
  const keys: LimitKey[] = [
    'lower',
    'upper',
    'velocity',
    'acceleration',
    'deceleration',
    'jerk',
    'effort',
  ];
  const units = (i: number) => keys.map((key) => joints[i]?.limits[key].unit ?? '');
  const changes = (i: number) => units(i).join() !== units(i - 1).join();
  const rows = [
    ['Joint', ...keys],
    // Units stand once, and again where a sliding joint follows a turning one.
    ...joints.flatMap(({ joint, limits }, i) => [
      ...(changes(i) ? [['', ...units(i)]] : []),
      [joint, ...keys.map((key) => text({ value: limits[key].value, unit: '' }))],
    ]),
  ];
  const width = Math.max(...joints.map(({ joint }) => joint.length));
  const origins = joints.flatMap(({ joint, limits }) => {
    const byOrigin = new Map<string, string[]>();
    for (const key of keys) {
      const { from } = limits[key];
      byOrigin.set(from, [...(byOrigin.get(from) ?? []), key]);
    }
    const parts = [...byOrigin].map(([from, names]) => `${names.join(', ')}: ${from}`);
    return wrap(`  ${joint.padEnd(width)} `, parts.join('; '), ' '.repeat(width + 4));
  });
  return ['', ...columns(rows, (i) => i > 0), '', 'Where they come from', ...origins];
}

function spaceLines({ tools, scene, self_collision: self }: Explanation): string[] {
  const shapes = scene.map(({ name, type, capsules, links, from }) =>
    wrap(`  ${name}:`, `${type}, ${capsules} capsules of ${links.join(', ')} (${from})`),
  );
  const planes = tools.workspace.map(({ name, normal, offset_m: offset, from }) => [
    `  ${name}`,
    `x · [${normal.map((n) => Number(n.toPrecision(4)) + 0).join(', ')}]`,
    `≥ ${offset} m`,
    from,
  ]);
  return [
    ...settingLines(`Tool centres: ${tools.links.join(', ')}`, {
      'speed, automatic': tools.speed,
      'speed, manual': tools.manual_speed,
    }),
    '',
    planes.length === 0 ? 'Workspace of the tool centres: not limited' : 'Workspace',
    ...columns(planes, () => false),
    '',
    shapes.length === 0 ? 'Scene: no shapes' : 'Scene',
    ...shapes.flat(),
    '',
    `Self-collision: ${self.capsules} capsules, ${self.pairs} pairs checked; these links may touch:`,
    ...self.allowed.flatMap(({ links, why, from }) =>
      wrap(`  ${links.join(' – ')}:`, from === null ? why : `${why} (${from})`),
    ),
  ];
}

function barrier({ barrier: settings }: Explanation): Record<string, Setting> {
  const { gain_bounds: gains, margin_bounds_m: margins } = settings;
  const bounded = (setting: Setting, [least, most]: readonly [number, number]): Setting => ({
    ...setting,
    value: `${text(setting)} (${least} to ${most} while running)`,
    unit: '',
  });
  return {
    gain: bounded(settings.gain, gains),
    'margin between links': bounded(settings.self_margin_m, margins),
    'margin to the scene': bounded(settings.scene_margin_m, margins),
  };
}

function settingLines(title: string, settings: Readonly<Record<string, Setting>>): string[] {
  const rows = Object.entries(settings).map(([name, setting]) => [
    `  ${name}`,
    text(setting),
    setting.from,
  ]);
  return ['', rows.length === 0 ? `${title}: none` : title, ...columns(rows, () => false)];
}

function failsafeLines({ failsafe }: Explanation): string[] {
  const rows = failsafe.map((row) => [
    `  ${row.name}`,
    row.action,
    row.clears,
    row.override ? 'yes' : 'no',
    row.deferrable_s === 0 ? 'at once' : `after ${row.deferrable_s} s`,
    row.stop === null ? 'none' : `by ${row.stop}`,
  ]);
  const head = ['Failsafe table', 'action', 'clears', 'operator may go on', 'acts', 'stops'];
  return ['', ...columns([head, ...rows], () => false)];
}
