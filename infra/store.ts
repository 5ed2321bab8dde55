import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import {
  grantListing,
  listing,
  revocationPartition,
  subjectPartition,
  taskListing,
} from '../shared/store/keys.ts';
import type { Settings } from './context.ts';
import type { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';

/** What may be done to one item. Nothing of ours scans or deletes: items are forgotten by TTL. */
type ItemAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem';

const string = (name: string) => ({ name, type: AttributeType.STRING });

/** The table, as local/table.ts creates it on one machine. */
export class Store extends Construct {
  readonly table: Table;
  readonly #key: StageKey;

  constructor(scope: Construct, id: string, { durable }: Settings, key: StageKey) {
    super(scope, id);
    this.#key = key;
    this.table = new Table(this, 'Table', {
      partitionKey: string('pk'),
      sortKey: string('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key.key,
      deletionProtection: durable,
      removalPolicy: durable ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: listing.index,
      partitionKey: string('lpk'),
      sortKey: string('lsk'),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...listing.projected],
    });
  }

  /**
   * Lets a function do this to the items of some partitions.
   *
   * @param partitions keys as shared/store/keys.ts makes them; `*` stands for anything
   */
  allowItems(
    grantee: RescindFunction,
    actions: readonly ItemAction[],
    partitions: readonly string[],
  ): void {
    grantee.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] } },
    );
    this.#key.allowForTable(grantee, this.table.tableName);
  }

  /** Lets a function query the table and its listing index. */
  allowQueries(grantee: RescindFunction): void {
    const { tableArn } = this.table;
    const query = (resource: string, partitions: readonly string[]) =>
      grantee.allow(['dynamodb:Query'], [resource], {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] },
      });
    query(tableArn, [revocationPartition('*'), subjectPartition('*')]);
    query(`${tableArn}/index/${listing.index}`, [listing.revocations, listing.ledger]);
    this.#key.allowForTable(grantee, this.table.tableName);
  }

  /** Lets a function query some partitions of the table itself. */
  allowQueryingItems(grantee: RescindFunction, partitions: readonly string[]): void {
    grantee.allow(['dynamodb:Query'], [this.table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] },
    });
    this.#key.allowForTable(grantee, this.table.tableName);
  }

  /** Lets a function list all that is sealed to be kept, by its key: but not what is sealed, which the index lacks. */
  allowListingSealed(grantee: RescindFunction): void {
    this.#allowListing(grantee, [
      listing.ledger,
      listing.revoking,
      grantListing('*'),
      taskListing('*'),
    ]);
  }

  /** Lets a function list what may be due: parked jobs, and grants that are being revoked. Again without what is sealed. */
  allowListingSwept(grantee: RescindFunction): void {
    this.#allowListing(grantee, [listing.ledger, listing.revoking]);
  }

  #allowListing(grantee: RescindFunction, partitions: readonly string[]): void {
    grantee.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${listing.index}`], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] },
    });
    this.#key.allowForTable(grantee, this.table.tableName);
  }
}
