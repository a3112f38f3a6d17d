/** What main thread and inference thread say to one another; the data itself is in shared memory. */
import type { NoisePlace } from './noise.js';
import type { InferenceTiming, ProgramOptions } from './program/policy_program.js';
import type { ChunkingOptions, Prefix } from './real_time_chunking/real_time_chunking.js';

/** Given to the thread at its start. */
export interface InferenceThreadData {
  readonly packageDir: string;
  readonly variant: string | null;
  readonly program: ProgramOptions;
  /** Memory of the ObservationBlock; written by the main thread while no chunk is being computed. */
  readonly observation: SharedArrayBuffer;
  /** Float32 actions of the last chunk; written by the thread, read after its answer. */
  readonly actions: SharedArrayBuffer;
  readonly warmupRuns: number;
  /** Real-time chunking, where it is wanted. */
  readonly chunking?: ChunkingOptions | undefined;
}

/** Main → thread. */
export type InferenceRequest =
  | {
      readonly kind: 'infer';
      readonly id: number;
      readonly seed: number;
      readonly place: Omit<NoisePlace, 'draw'>;
      /** True when stamps from before must not be trusted to mean the same frames. */
      readonly forget: boolean;
      /** What the chunk has to go on from. */
      readonly prefix?: Prefix | undefined;
    }
  | {
      /** Encode the newest time step and keep its features: it will be history of a later chunk. */
      readonly kind: 'prepare';
      readonly id: number;
      readonly forget: boolean;
    }
  | { readonly kind: 'close' };

/** Thread → main. */
export type InferenceReply =
  | { readonly kind: 'ready'; readonly evaluations: number; readonly warmupSeconds: number[] }
  | { readonly kind: 'refused'; readonly line: string }
  | {
      readonly kind: 'chunk';
      readonly id: number;
      readonly timing: InferenceTiming;
      /** Index of the first number that is not finite, or −1. */
      readonly nonFinite: number;
    }
  | { readonly kind: 'prepared'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly line: string };
