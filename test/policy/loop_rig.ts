// What tests of the policy loop need around it: a real inference thread, and streams that wait.
import { InferenceClient } from '../../src/policy/inference_client.js';
import { ObservationSync } from '../../src/policy/observation_sync.js';
import type { PolicyPackage } from '../../src/policy/package_file.js';

/** Inference that fails the test where it dies. */
export function startInference(source: PolicyPackage, warmupRuns = 1): Promise<InferenceClient> {
  return InferenceClient.start(source, {
    program: { threads: 1 },
    warmupRuns,
    deadline: 30,
    onDead: (error) => {
      throw error;
    },
  });
}

export function makeSync({ spec }: PolicyPackage, ageBudget = 0.2): ObservationSync {
  return new ObservationSync(spec, {
    ageBudget,
    skewBudget: 0.01,
    futureTolerance: 0.05,
    historyTolerance: 0.05,
    jointHold: 0,
    freezeBudget: Number.POSITIVE_INFINITY,
  });
}

/** Waits until no chunk is being computed, and what came of it has been said. */
export async function idle(inference: { readonly busy: boolean }): Promise<void> {
  while (inference.busy) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
