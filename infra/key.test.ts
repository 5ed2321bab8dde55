import { beforeAll, describe, expect, it } from 'vitest';
import { keyAliasOf } from '../shared/stage.ts';
import { account, keyArn } from './testing/arns.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

let stack: Synthesis;
let dev: Synthesis;

beforeAll(async () => {
  stack = await synthesise();
  dev = await synthesise({ stage: 'dev' });
});

const keyOf = ({ one }: Synthesis) => one('AWS::KMS::Key');

describe("the stage's key", () => {
  it('renews its material every year', () => {
    expect(keyOf(stack).properties.EnableKeyRotation).toBe(true);
  });

  it('is found by the alias that put-secret uses', () => {
    for (const [synthesis, stage] of [[stack, 'production'] as const, [dev, 'dev'] as const]) {
      expect(synthesis.one('AWS::KMS::Alias').properties).toEqual({
        AliasName: keyAliasOf(stage),
        TargetKeyId: keyArn(keyOf(synthesis).id),
      });
    }
  });

  it('outlives its stack in production, since what it encrypts does, and goes with any other', () => {
    expect(keyOf(stack).deletionPolicy).toBe('RetainExceptOnCreate');
    expect(keyOf(stack).properties.PendingWindowInDays).toBeUndefined();
    expect(keyOf(dev).deletionPolicy).toBe('Delete');
    expect(keyOf(dev).properties.PendingWindowInDays).toBe(7);
  });

  it('leaves it to IAM who may use it, and lets nobody in from another account', () => {
    const root = { AWS: `arn:aws:iam::${account}:root` };
    const { Statement } = Object(keyOf(stack).properties.KeyPolicy);
    expect(Statement).not.toHaveLength(0);
    for (const statement of Statement) expect(statement.Principal).toEqual(root);
  });
});
