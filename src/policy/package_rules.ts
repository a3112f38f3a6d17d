/** What must hold between the parts of policy.json and the statistics, beyond each part's form. */
import type { PolicyPackageJson, ProgramSpec } from './package_schema.js';
import { graphsOf } from './package_variant.js';
import { samplerFaults } from './sampler_rules.js';
import { type Statistics, statisticsFaults } from './statistics.js';

const IMAGE_CHANNELS = 3;
/** Statistics of the action stand under LeRobot's name for it. */
export const ACTION_KEY = 'action';

/** Names in `used` that `known` lacks, as faults. */
function unknownNames(where: string, used: Iterable<string>, known: ReadonlySet<string>): string[] {
  const list = [...known].join(', ') || 'none';
  return [...used]
    .filter((name) => !known.has(name))
    .map((name) => `${where}: "${name}" is not declared; expected one of ${list}`);
}

function observationFaults(spec: PolicyPackageJson): string[] {
  const faults: string[] = [];
  for (const [key, input] of Object.entries(spec.observation)) {
    if (input.type === 'state') {
      if (!key.startsWith('observation.')) {
        faults.push(`observation "${key}": expected a name that starts with "observation."`);
      }
      continue;
    }
    const name = `observation.images.${input.camera}`;
    if (key !== name) faults.push(`observation "${key}": expected "${name}" for its camera`);
    const { crop, source } = input;
    if (crop && (crop.top + crop.height > source.height || crop.left + crop.width > source.width)) {
      faults.push(`observation "${key}": crop leaves the ${source.width}x${source.height} picture`);
    }
  }
  return faults;
}

/** How the condition reaches the denoiser: whole, or through contexts, and guided. */
function conditionFaults({
  context,
  denoiser,
  gradient,
  guidance,
  condition,
}: ProgramSpec): string[] {
  const faults: string[] = [];
  const contexts = context.flatMap(({ outputs }) => Object.values(outputs));
  const given = new Set(contexts);
  if (given.size < contexts.length) faults.push('program.context: a name is given twice');
  const used = new Set<string>();
  for (const [where, stage] of Object.entries({ denoiser, gradient })) {
    if (stage === undefined) continue;
    const names = Object.values(stage.inputs.context);
    faults.push(...unknownNames(`program.${where}.inputs.context`, names, given));
    for (const name of names) used.add(name);
    if (stage.inputs.condition === undefined && names.length === 0) {
      faults.push(`program.${where}.inputs: expected "condition" or "context"`);
    }
  }
  for (const name of given) {
    if (!used.has(name)) faults.push(`program.context: "${name}" is given but not used`);
  }
  if (guidance !== undefined) {
    faults.push(...unknownNames('program.guidance.drop', guidance.drop, new Set(condition)));
  }
  return faults;
}

/** The sample has to hold the chunk. */
function windowFaults({ program, horizon, action }: PolicyPackageJson): string[] {
  const { sample } = program;
  if (sample === undefined) return [];
  const faults: string[] = [];
  const end = sample.start + horizon.prediction;
  if (end > sample.steps) {
    faults.push(
      `program.sample: rows ${sample.start} … ${end - 1} are the chunk; ` +
        `expected at least ${end} steps, found ${sample.steps}`,
    );
  }
  if (sample.width < action.joints.length) {
    faults.push(
      `program.sample.width is ${sample.width}; expected at least ` +
        `${action.joints.length}, the joints of the action`,
    );
  }
  return faults;
}

function programFaults(spec: PolicyPackageJson): string[] {
  const { program } = spec;
  const observations = new Set(Object.keys(spec.observation));
  const graphs = new Set(Object.keys(spec.graphs));
  const faults: string[] = [];
  const features: string[] = [];
  const read = new Set<string>();
  const run = graphsOf(program);
  for (const [i, encoder] of program.encoders.entries()) {
    const inputs = Object.values(encoder.inputs);
    faults.push(...unknownNames(`program.encoders[${i}].inputs`, inputs, observations));
    for (const key of inputs) read.add(key);
    features.push(...Object.values(encoder.outputs));
  }
  faults.push(...unknownNames('program', run, graphs));
  for (const name of graphs) {
    if (!run.has(name)) faults.push(`graphs: "${name}" is used nowhere in the program`);
  }
  const twice = features.filter(
    (name, i) => features.indexOf(name) !== i || observations.has(name),
  );
  for (const name of twice) faults.push(`program.encoders: the name "${name}" is given twice`);

  const states = Object.entries(spec.observation).filter(([, input]) => input.type === 'state');
  const parts = new Set([...features, ...states.map(([key]) => key)]);
  faults.push(...unknownNames('program.condition', program.condition, parts));
  for (const name of program.condition) read.add(name);
  for (const key of [...observations, ...features]) {
    if (!read.has(key)) faults.push(`program: "${key}" is given but not used`);
  }
  faults.push(...conditionFaults(program));
  if (program.candidates > 1 && program.scoring === null) {
    faults.push(
      `program: ${program.candidates} candidates without scoring; expected a scoring graph`,
    );
  }
  return faults;
}

function normalizationFaults(spec: PolicyPackageJson, statistics: Statistics): string[] {
  const entries = Object.entries(spec.observation).map(
    ([key, input]) =>
      [
        key,
        input.normalization,
        input.type === 'state' ? input.joints.length : IMAGE_CHANNELS,
      ] as const,
  );
  const { normalization, joints } = spec.action;
  return [...entries, [ACTION_KEY, normalization, joints.length] as const].flatMap((entry) =>
    statisticsFaults(statistics, ...entry),
  );
}

/** All contradictions in the package; statistics are left out when they could not be read. */
export function packageRuleFaults(
  spec: PolicyPackageJson,
  statistics: Statistics | undefined,
): string[] {
  const { execution, prediction } = spec.horizon;
  const horizon =
    execution > prediction
      ? [`horizon.execution ${execution} exceeds horizon.prediction ${prediction}`]
      : [];
  return [
    ...horizon,
    ...observationFaults(spec),
    ...programFaults(spec),
    ...windowFaults(spec),
    ...samplerFaults(spec),
    ...(statistics === undefined ? [] : normalizationFaults(spec, statistics)),
  ];
}
