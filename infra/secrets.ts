import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';

// Of secrets the stack makes the sealing keys only. The providers' are the operator's to put there:
// no template may hold one, and a provider that is taken out of providers.json and put in again must
// neither lose its secret nor trip over it.

/**
 * ARN of a secret, by its name as shared/secrets/names.ts makes it. Secrets Manager ends every ARN
 * with a dash and six characters that nobody knows beforehand; `*` in their place would also open
 * `polar-sandbox` to the worker of `polar`.
 */
export const secretArnOf = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Lets a function read one secret's value, be it under the stage's key or the account's own. */
export function allowReading(grantee: RescindFunction, key: StageKey, name: string): void {
  const secretArn = secretArnOf(grantee, name);
  grantee.allow(['secretsmanager:GetSecretValue'], [secretArn]);
  key.allowForSecrets(grantee, ['Decrypt'], [secretArn]);
}
