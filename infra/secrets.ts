import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Settings } from './context.ts';
import type { RescindFunction } from './function.ts';
import { keptWhen } from './kept.ts';
import type { StageKey } from './key.ts';
import { acknowledge } from './nag.ts';

// Of secrets the stack makes its own keys only. The providers' are the operator's to put there:
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

export interface SeededSecretProps {
  readonly name: string;
  readonly description: string;
  readonly settings: Settings;
  readonly key: StageKey;
  /** Who rotates it, as infra/nag.ts has it. */
  readonly rotated: Parameters<typeof acknowledge>[1];
}

/**
 * A secret of which Secrets Manager makes up the seed itself when the stack is created, so that no
 * template and no person holds what is derived from it.
 */
export function makeSeededSecret(
  scope: Construct,
  { name, description, settings, key, rotated }: SeededSecretProps,
): void {
  const secret = new Secret(scope, 'Secret', {
    secretName: name,
    description,
    encryptionKey: key.key,
    // Never to be changed: CloudFormation would put a fresh seed in the place of the keys.
    generateSecretString: {
      secretStringTemplate: '{"version":1}',
      generateStringKey: 'seed',
      passwordLength: 64,
      excludePunctuation: true,
    },
    removalPolicy: keptWhen(settings.durable),
  });
  acknowledge(secret, rotated);
}
