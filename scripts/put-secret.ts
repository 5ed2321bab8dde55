/** Puts the secret of a provider or of a source of webhooks into Secrets Manager; see docs/deploying.md. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { putSecret } from './put-secret-command.ts';

process.exitCode = await putSecret(process.argv.slice(2), {
  stdin: process.stdin,
  print: console.log,
  warn: console.error,
  client: () => new SecretsManagerClient(),
});
