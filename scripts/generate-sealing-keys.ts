/** Prints a fresh set of sealing keys, to be piped into Secrets Manager; see docs/deploying.md. */
import { generateSealingKeys } from '../shared/sealing/keys.ts';

process.stdout.write(generateSealingKeys());
