/** The score of a policy's uncertainty that the gate judges: which one is the set-up's choice. */
import { SinewError } from '../core/error.js';
import { ChunkSpread } from './chunk_spread.js';
import type { PolicyConfig } from './config.js';
import { KnownStates } from './known_states.js';
import type { ObservationBlock } from './observation_block.js';
import type { PolicyPackageJson } from './package_schema.js';
import type { InferenceTiming } from './program/policy_program.js';

/** What there is to judge after each inference. */
export interface Judged {
  /** When the chunk's first step is due, s. */
  readonly begins: number;
  /** rad, step by step. */
  readonly actions: ArrayLike<number>;
  readonly timing: InferenceTiming;
  /** Newest observed state, rad, in the package's order. */
  readonly state: ArrayLike<number>;
}

export interface UncertaintyScore {
  /** Forgets what was, as at the start of an episode or a hand-back. */
  begin(): void;
  /** undefined where there is nothing to judge yet. */
  score(judged: Judged): number | undefined;
}

type Settings = Pick<PolicyConfig, 'uncertainty' | 'candidates'>;

/** Joints of the package's state, in its order. */
export function stateJoints({ observation }: PolicyPackageJson): readonly string[] {
  const state = Object.values(observation).find((input) => input.type === 'state');
  return state?.type === 'state' ? state.joints : [];
}

const NONE = new Float64Array(0);

/** The newest state of an observation, rad; empty for a package that sees none. */
export function newestState(
  { observation }: PolicyPackageJson,
  block: ObservationBlock,
): Float64Array {
  const key = Object.keys(observation).find((name) => observation[name]?.type === 'state');
  return key === undefined ? NONE : block.state(key, block.steps - 1);
}

/**
 * @param known file of known states, for `state_distance`
 * @returns undefined for "none"
 * @throws SinewError when package or settings cannot give the score
 */
export function createScore(
  { uncertainty, candidates }: Settings,
  spec: PolicyPackageJson,
  known: string | undefined,
): UncertaintyScore | undefined {
  const refuse = (expected: string): never => {
    throw new SinewError(`no score "${uncertainty}" of this policy`, {
      where: 'policy.uncertainty',
      expected,
    });
  };
  const stateless = (score: (judged: Judged) => number): UncertaintyScore => ({
    begin: () => {},
    score,
  });
  switch (uncertainty) {
    case 'none':
      return undefined;
    case 'chunk_spread': {
      const spread = new ChunkSpread(spec.action.joints.length, 1 / spec.rate_hz);
      return {
        begin: () => spread.begin(),
        score: ({ begins, actions }) => spread.score(begins, actions),
      };
    }
    case 'candidate_spread':
      if ((candidates ?? spec.program.candidates) < 2) refuse('policy.candidates of 2 or more');
      return stateless(({ timing }) => timing.spread);
    case 'state_distance': {
      const states = KnownStates.read(
        known ?? refuse('policy.known_states: a file'),
        stateJoints(spec),
      );
      return stateless(({ state }) => states.distance(state));
    }
    case 'package_score':
      if (spec.program.scoring === null) refuse('a package with a scoring graph');
      // The package's score says how good a chunk is: of an energy, its negative.
      return stateless(({ timing }) => -timing.score);
  }
}
