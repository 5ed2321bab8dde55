import { createSigner, ReportKeyFault, type Signer } from '../../shared/report/signer.ts';
import { SecretMissing, type Secrets } from '../../shared/secrets/secrets.ts';

/**
 * Keeps the signer of the secret as it stands.
 *
 * @returns gives it; throws ReportKeyFault where the secret is missing or not valid
 */
export function createSigning(secrets: Pick<Secrets, 'ofReports'>): () => Promise<Signer> {
  let held: { readonly text: string; readonly signer: Signer } | undefined;
  return async () => {
    const text = await secrets.ofReports().catch((error: unknown) => {
      throw error instanceof SecretMissing ? new ReportKeyFault(error.message) : error;
    });
    if (held?.text !== text) held = { text, signer: await createSigner(text) };
    return held.signer;
  };
}
