/** Attacks every robot profile in config/: a new one is attacked as soon as it is there. */
import { robotProfiles } from '../description/profiles.js';
import { describeAttacks } from './attack_suite.js';

for (const name of robotProfiles()) describeAttacks(name);
