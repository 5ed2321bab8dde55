/**
 * Where secrets are kept, under a prefix that is `rescind` unless several stages share an account.
 * The functions read by these names, and the CDK app grants by them.
 */
export const sealingKeysName = (prefix: string): string => `${prefix}/sealing-keys`;

/** What reports are signed with. */
export const reportKeyName = (prefix: string): string => `${prefix}/report-signing-key`;

export const providerSecretName = (prefix: string, provider: string): string =>
  `${prefix}/providers/${provider}`;

/** What completions are signed with. */
export const completionSecretName = (prefix: string): string => `${prefix}/completion-webhook`;

export const webhookSecretName = (prefix: string, source: string): string =>
  `${prefix}/webhooks/${source}`;
