/**
 * One seed for all property tests, so that a run does not depend on luck. SINEW_PROPERTY_SEED sets
 * another one, to search further; a case that it finds belongs into the tests as an example.
 * SINEW_PROPERTY_QUICK=1 (mutation tests) tries few cases each and does not simplify one that fails.
 */
import fc from 'fast-check';

fc.configureGlobal({
  seed: Number(process.env.SINEW_PROPERTY_SEED ?? 20_261_121),
  ...(process.env.SINEW_PROPERTY_QUICK === '1' ? { numRuns: 5, endOnFailure: true } : {}),
});
