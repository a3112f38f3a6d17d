/**
 * One seed for all property tests, so that a run does not depend on luck. SINEW_PROPERTY_SEED sets
 * another one, to search further; a case that it finds belongs into the tests as an example.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.SINEW_PROPERTY_SEED ?? 20_261_121) });
