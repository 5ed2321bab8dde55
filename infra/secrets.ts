import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { RescindFunction } from './function.ts';

// The stack only refers to secrets, by the names in shared/secrets/names.ts. Their values are the
// operator's to put there: no template may hold them.

/**
 * Lets a function read one secret's value. Secrets Manager ends every ARN with a dash and six
 * characters that nobody knows beforehand; `*` in their place would also open `polar-sandbox` to
 * the worker of `polar`.
 */
export function allowReading(grantee: RescindFunction, name: string): void {
  const { secretArn } = Secret.fromSecretNameV2(grantee, name, name);
  grantee.allow(['secretsmanager:GetSecretValue'], [`${secretArn}-??????`]);
}
