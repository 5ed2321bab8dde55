import * as z from 'zod';
import { entry as githubSecretScanning } from './github-secret-scanning/scheme.ts';
import { entry as globalTokenRevocation } from './global-token-revocation/scheme.ts';
import { entry as hmac } from './hmac/scheme.ts';
import { entry as nylas } from './nylas/scheme.ts';
import { entry as sharedSignals } from './shared-signals/scheme.ts';
import { entry as standardWebhooks } from './standard-webhooks/scheme.ts';

const source = z.discriminatedUnion('kind', [
  standardWebhooks,
  githubSecretScanning,
  sharedSignals,
  globalTokenRevocation,
  nylas,
  hmac,
]);

/** The shape of `webhooks.json`. */
export const webhooksFile = z.strictObject({
  $schema: z.string().optional(),
  sources: z.array(source).superRefine((sources, { addIssue }) => {
    const seen = new Set<string>();
    for (const [index, { id }] of sources.entries()) {
      if (seen.has(id)) {
        addIssue({ code: 'custom', path: [index, 'id'], message: `${id} is used twice` });
      }
      seen.add(id);
    }
  }),
});

export type SourceEntry = z.infer<typeof source>;
