import * as z from 'zod';
import type { Scheme } from './scheme.ts';

/** The secret of a source is missing, or does not fit its kind. Quotes nothing of it. */
export class SourceSecretFault extends Error {
  override readonly name = 'SourceSecretFault';
}

/** Several while one is being replaced by another. */
const sourceSecret = z.strictObject({ secrets: z.array(z.string().min(1)).min(1).max(5) });

/**
 * Reads the secret of a source: `{"secrets": ["…", …]}`.
 *
 * @throws SourceSecretFault saying what is wrong
 */
export function parseSecrets(
  text: string,
  secretProblem: NonNullable<Scheme['secretProblem']>,
): readonly string[] {
  const parsed = sourceSecret.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new SourceSecretFault('must be {"secrets": […]} with 1 to 5 texts, and nothing else');
  }
  const { secrets } = parsed.data;
  for (const [index, secret] of secrets.entries()) {
    const problem = secretProblem(secret);
    if (problem !== undefined) throw new SourceSecretFault(`secrets.${index} ${problem}`);
  }
  return secrets;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
