import { beforeAll, describe, expect, it } from 'vitest';
import { readReportConfig } from '../shared/config.ts';
import { createSigner } from '../shared/report/signer.ts';
import { reportKeyName } from '../shared/secrets/names.ts';
import { keyArn } from './testing/arns.ts';
import { reportHandler } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

let stack: Synthesis;
let dev: Synthesis;

beforeAll(async () => {
  stack = await synthesise();
  const operators = 'arn:aws:iam::123456789012:role/OnCall';
  dev = await synthesise({ stage: 'dev', ownership: 'true', operators });
});

const description = 'Whoever holds this can sign reports of revocations';
const secretOf = ({ one }: Synthesis) =>
  one('AWS::SecretsManager::Secret', 'Description', description);

describe("the secret of the reports' key", () => {
  it('has the name that the function reads, and is encrypted with the stage’s key', () => {
    const { properties } = secretOf(stack);
    expect(properties.Name).toBe(reportKeyName('rescind'));
    expect(properties.KmsKeyId).toBe(keyArn(stack.one('AWS::KMS::Key').id));
    expect(secretOf(dev).properties.Name).toBe(reportKeyName('rescind-dev'));
  });

  /** CloudFormation takes any change for the wish to have another value generated. */
  it('is seeded by Secrets Manager, in the same words for ever', () => {
    expect(secretOf(stack).properties.GenerateSecretString).toEqual({
      SecretStringTemplate: '{"version":1}',
      GenerateStringKey: 'seed',
      PasswordLength: 64,
      ExcludePunctuation: true,
    });
    expect(secretOf(stack).properties).not.toHaveProperty('SecretString');
  });

  it('is seeded with what the function makes a key of', async () => {
    const generated = JSON.stringify({ ...JSON.parse('{"version":1}'), seed: 'x'.repeat(64) });
    expect((await createSigner(generated)).keys.keys).toHaveLength(1);
  });

  it('outlives its stack in production, and no other stage', () => {
    expect(secretOf(stack).deletionPolicy).toBe('RetainExceptOnCreate');
    expect(secretOf(dev).deletionPolicy).toBe('Delete');
  });
});

describe('the report function', () => {
  it('is told who may see what, as the API is', () => {
    expect(readReportConfig(reportHandler(stack).environment)).toMatchObject({
      RESCIND_TABLE: stack.one('AWS::DynamoDB::Table').id,
      RESCIND_SECRETS_PREFIX: 'rescind',
      RESCIND_OWNERSHIP: false,
    });
    expect(readReportConfig(reportHandler(dev).environment)).toMatchObject({
      RESCIND_SECRETS_PREFIX: 'rescind-dev',
      RESCIND_OWNERSHIP: true,
      RESCIND_OPERATORS: ['arn:aws:sts::123456789012:assumed-role/OnCall'],
    });
  });

  it('ends before API Gateway gives up at 30 seconds', () => {
    expect(reportHandler(stack).lambda.properties.Timeout).toBeLessThan(30);
  });
});
