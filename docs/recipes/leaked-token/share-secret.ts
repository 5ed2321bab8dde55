/**
 * Makes the secret that signs alerts, and gives it to both sides: to the embedded stack, in its file of
 * secrets, and to the scanner, in `.recipe/scanner-secret`.
 *
 *     npx node docs/recipes/leaked-token/share-secret.ts
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';

const secretsFile = '.recipe/secrets.json';
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const secrets = z
  .record(z.string(), z.unknown())
  .parse(JSON.parse(await readFile(secretsFile, 'utf8')));
const both = { ...secrets, 'webhooks/scanner': { secrets: [secret] } };
await writeFile(secretsFile, `${JSON.stringify(both, null, 2)}\n`);
await writeFile('.recipe/scanner-secret', `${secret}\n`, { mode: 0o600 });
