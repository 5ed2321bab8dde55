import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from './context.ts';
import type { RescindFunction } from './function.ts';
import { keptWhen } from './kept.ts';

/** What a role may need of the key. Nobody gets more than the data key of what it works with. */
type KeyAction = 'Decrypt' | 'GenerateDataKey';

/**
 * The stage's own KMS key. It encrypts what holds secrets or sealed tokens: the table, the queues,
 * the sealing keys, and the providers' secrets where they are put under its alias.
 *
 * Roles never use it themselves. They may have a service use it for them, on the very thing that
 * the service names in its encryption context; so whoever may use a queue can read no secret by it.
 */
export class StageKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { keyAlias, prefix, durable }: Settings) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      alias: keyAlias,
      description: `Encrypts the queues, the table and the secrets of ${prefix}`,
      enableKeyRotation: true,
      removalPolicy: keptWhen(durable),
      // The shortest that KMS allows. What was encrypted goes with the stage.
      ...(!durable && { pendingWindow: Duration.days(7) }),
    });
  }

  /** @param queueArns `*` stands for anything */
  allowForQueues(
    grantee: RescindFunction,
    actions: readonly KeyAction[],
    queueArns: readonly string[],
  ): void {
    this.#allow(grantee, actions, 'sqs', 'aws:sqs:arn', queueArns);
  }

  /** @param secretArns `?` stands for any one character */
  allowForSecrets(
    grantee: RescindFunction,
    actions: readonly KeyAction[],
    secretArns: readonly string[],
  ): void {
    this.#allow(grantee, actions, 'secretsmanager', 'SecretARN', secretArns);
  }

  /**
   * For reading and writing alike: DynamoDB keeps the table's own key encrypted, and asks for it to
   * be decrypted on behalf of whoever comes.
   */
  allowForTable(grantee: RescindFunction, tableName: string): void {
    this.#allow(grantee, ['Decrypt'], 'dynamodb', 'aws:dynamodb:tableName', [tableName]);
  }

  #allow(
    grantee: RescindFunction,
    actions: readonly KeyAction[],
    service: string,
    context: string,
    values: readonly string[],
  ): void {
    grantee.allow(
      actions.map((action) => `kms:${action}`),
      [this.key.keyArn],
      {
        StringEquals: {
          // Not the same in every partition.
          'kms:ViaService': `${service}.${Stack.of(this).region}.${Aws.URL_SUFFIX}`,
        },
        StringLike: { [`kms:EncryptionContext:${context}`]: [...values] },
      },
    );
  }
}
