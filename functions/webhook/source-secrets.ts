import { SecretMissing, type Secrets } from '../../shared/secrets/secrets.ts';
import { parseSecrets, SourceSecretFault } from '../../shared/webhooks/secret.ts';
import type { Source } from '../../shared/webhooks/sources.ts';

/** What the sources sign with. */
export interface SourceSecrets {
  /**
   * @returns none for a source that needs none
   * @throws SourceSecretFault when its secret is missing or does not fit
   */
  readonly of: (source: Source) => Promise<readonly string[]>;
}

/** A secret that is not there is not asked for again with every call that anybody makes. */
const missingMs = 10_000;

export function createSourceSecrets(
  secrets: Pick<Secrets, 'ofWebhook'>,
  now: () => number = Date.now,
): SourceSecrets {
  const missingSince = new Map<string, number>();
  const read = async (id: string): Promise<string> => {
    const missing = () => new SourceSecretFault('is missing');
    if (now() - (missingSince.get(id) ?? Number.NEGATIVE_INFINITY) < missingMs) throw missing();
    try {
      return await secrets.ofWebhook(id);
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error;
      missingSince.set(id, now());
      throw missing();
    }
  };
  return {
    of: async ({ id, scheme }) =>
      scheme.secretProblem === undefined ? [] : parseSecrets(await read(id), scheme.secretProblem),
  };
}
