import { beforeAll, describe, expect, it } from 'vitest';
import { readKeySet } from '../shared/sealing/key-set.ts';
import { sealingKeysName } from '../shared/secrets/names.ts';
import { functionArn, keyArn } from './testing/arns.ts';
import { keyRotation, keyRotationRule } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

let stack: Synthesis;

beforeAll(async () => {
  stack = await synthesise();
});

const description = 'Whoever loses these keys loses every token that is queued or parked';
const secretOf = ({ one }: Synthesis) =>
  one('AWS::SecretsManager::Secret', 'Description', description);

describe("the sealing keys' secret", () => {
  it('has the name that the functions read, and is encrypted with the stage’s key', async () => {
    const { properties } = secretOf(stack);
    expect(properties.Name).toBe(sealingKeysName('rescind'));
    expect(properties.KmsKeyId).toBe(keyArn(stack.one('AWS::KMS::Key').id));
    const dev = await synthesise({ stage: 'dev' });
    expect(secretOf(dev).properties.Name).toBe(sealingKeysName('rescind-dev'));
  });

  /**
   * Not a character of this may change once a stage is deployed: CloudFormation takes any change
   * for the wish to have another value generated, and all that is queued and parked would be lost.
   */
  it('is seeded by Secrets Manager, in the same words for ever', () => {
    expect(secretOf(stack).properties.GenerateSecretString).toEqual({
      SecretStringTemplate: '{"version":1}',
      GenerateStringKey: 'seed',
      PasswordLength: 64,
      ExcludePunctuation: true,
    });
    expect(secretOf(stack).properties).not.toHaveProperty('SecretString');
  });

  it('is seeded with what the functions make keys of', () => {
    const generated = JSON.stringify({ ...JSON.parse('{"version":1}'), seed: 'x'.repeat(64) });
    expect(readKeySet(generated).keys).toHaveLength(2);
  });

  it('outlives its stack in production, and no other stage', async () => {
    expect(secretOf(stack).deletionPolicy).toBe('RetainExceptOnCreate');
    const dev = await synthesise({ stage: 'dev' });
    expect(secretOf(dev).deletionPolicy).toBe('Delete');
  });
});

describe('the rotation', () => {
  it('is looked after every day', () => {
    expect(keyRotationRule(stack).properties).toMatchObject({
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Targets: [{ Arn: functionArn(keyRotation(stack).lambda.id) }],
    });
  });

  it('goes by the configured days', async () => {
    const { environment } = keyRotation(await synthesise({ keyRotationDays: '30' }));
    expect(environment.RESCIND_KEY_ROTATION_DAYS).toBe('30');
  });
});
