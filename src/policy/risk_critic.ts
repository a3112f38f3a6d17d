/**
 * A small ONNX graph that scores the risk of what the arm does. It runs beside the control loop,
 * never in it, and whoever takes its score must let it make things only safer.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Tensor } from 'onnxruntime-node';
import { errorLine, SinewError } from '../core/error.js';
import { allFinite, at } from '../core/vector.js';
import type { CriticConfig } from './critic_config.js';
import { BoundGraph, floats, openGraph, zeros } from './graph_session.js';
import { signatureFaults } from './graph_signature.js';

export class RiskCritic {
  /** SHA-256 of the graph's file. */
  readonly sha256: string;
  readonly #graph: BoundGraph;
  readonly #state: Float32Array;
  readonly #targets: Float32Array | undefined;
  readonly #score: Float32Array;
  readonly #joints: number;

  private constructor(sha256: string, graph: BoundGraph, tensors: Tensors, joints: number) {
    this.sha256 = sha256;
    this.#graph = graph;
    this.#state = floats(tensors.state);
    this.#targets = tensors.targets === undefined ? undefined : floats(tensors.targets);
    this.#score = floats(tensors.score);
    this.#joints = joints;
  }

  /**
   * Opens the graph of a `critic` section.
   *
   * @param file absolute path of the graph
   * @param joints number of joints whose state is fed
   * @throws SinewError when the file cannot be read, is not the declared one, or has other names,
   *   types or shapes than the section says; both sides are named
   */
  static async load(file: string, config: CriticConfig, joints: number): Promise<RiskCritic> {
    const bytes = readGraph(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (config.sha256 !== undefined && config.sha256 !== sha256) {
      throw new SinewError(`SHA-256 is ${sha256} (${bytes.length} bytes)`, {
        where: file,
        expected: `${config.sha256}, as critic.sha256 says`,
      });
    }
    const session = await openGraph(bytes, file, config);
    const output = session.outputMetadata.find(({ name }) => name === config.output);
    const flat = output?.isTensor === true && output.shape.length === 1;
    const state = { name: config.input, shape: [1, 2 * joints] };
    const targets = { name: config.targets_input ?? '', shape: [1, config.targets, joints] };
    const score = { name: config.output, shape: flat ? [1] : [1, 1] };
    const inputs = config.targets_input === undefined ? [state] : [state, targets];
    const signature = { inputs, outputs: [score] };
    const [fault, ...more] = signatureFaults(file, session, signature, 'the critic section');
    if (fault !== undefined) {
      throw new SinewError(`${fault}${more.length > 0 ? ` (and ${more.length} more)` : ''}`, {
        where: 'critic',
      });
    }
    const feeds = Object.fromEntries(inputs.map(({ name, shape }) => [name, zeros(shape)]));
    const fetches = { [score.name]: zeros(score.shape) };
    const tensors: Tensors = {
      state: feeds[state.name] as Tensor,
      targets: feeds[targets.name],
      score: fetches[score.name] as Tensor,
    };
    return new RiskCritic(sha256, new BoundGraph(session, feeds, fetches), tensors, joints);
  }

  /** Whether the graph looks at the next targets. */
  get seesTargets(): boolean {
    return this.#targets !== undefined;
  }

  /** Mean time of a run so far, s; NaN before the first. */
  get runTime(): number {
    return this.#graph.seconds / this.#graph.runs;
  }

  /**
   * Scores a state. NaN when an input is not finite, whatever the graph would make of it.
   *
   * @param position rad
   * @param velocity rad/s
   * @param targets rad, target by target; ignored when the graph does not look at targets
   */
  async score(
    position: Float64Array,
    velocity: Float64Array,
    targets: Float64Array,
  ): Promise<number> {
    const n = this.#joints;
    if (!allFinite(position, n) || !allFinite(velocity, n)) return Number.NaN;
    for (let i = 0; i < n; i++) {
      this.#state[i] = at(position, i);
      this.#state[n + i] = at(velocity, i);
    }
    if (this.#targets !== undefined) {
      if (!allFinite(targets)) return Number.NaN;
      this.#targets.set(targets);
    }
    await this.#graph.run();
    return this.#score[0] as number;
  }
}

interface Tensors {
  readonly state: Tensor;
  readonly targets: Tensor | undefined;
  readonly score: Tensor;
}

function readGraph(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SinewError(`cannot read the graph: ${errorLine(error)}`, { where: file });
  }
}
