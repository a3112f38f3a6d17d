// Writes docs/configuration.md from the schemas of the built project: `node scripts/write_config_docs.mjs`.
import { writeFileSync } from 'node:fs';
import { configReference } from '../dist/app/config_reference.js';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configReference());
