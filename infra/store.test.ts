import { beforeAll, describe, expect, it } from 'vitest';
import { listing } from '../shared/store/keys.ts';
import { keyArn } from './testing/arns.ts';
import type { Resource } from './testing/intrinsics.ts';
import { synthesise } from './testing/synthesis.ts';

let table: Resource;

beforeAll(async () => {
  table = (await synthesise()).one('AWS::DynamoDB::Table');
});

describe('the table', () => {
  it('forgets by TTL, and can be restored to any second', () => {
    expect(table.properties).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('is keyed and listed as the functions expect, without sealed tokens in the index', () => {
    expect(table.properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: listing.index,
          KeySchema: [
            { AttributeName: 'lpk', KeyType: 'HASH' },
            { AttributeName: 'lsk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...listing.projected] },
        },
      ],
    });
  });

  it("is encrypted with the stage's key, whose every use CloudTrail records", async () => {
    expect(table.properties.SSESpecification).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: keyArn((await synthesise()).one('AWS::KMS::Key').id),
    });
  });

  it('is paid for by the request, so that an idle stage costs next to nothing', () => {
    expect(table.properties.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it('outlives its stack in production, and no other stage', async () => {
    expect(table.deletionPolicy).toBe('Retain');
    expect(table.properties.DeletionProtectionEnabled).toBe(true);

    const other = (await synthesise({ stage: 'dev' })).one('AWS::DynamoDB::Table');
    expect(other.deletionPolicy).toBe('Delete');
    expect(other.properties.DeletionProtectionEnabled).toBe(false);
  });
});
