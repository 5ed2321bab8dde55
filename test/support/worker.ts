import type { WorkerDependencies } from '../../functions/worker/dependencies.ts';
import { createSession } from '../../functions/worker/session.ts';
import { workBatch } from '../../functions/worker/work-batch.ts';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { tellEnded } from '../../shared/metrics/tell-ended.ts';
import { timed } from '../../shared/metrics/timed.ts';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import type { Wait } from '../../shared/queue/visibility.ts';
import { collectLog, type Line } from './log.ts';
import { collectMetrics, type TestMetrics } from './metrics.ts';
import { createProvider, type Script, type TestProvider } from './provider.ts';
import { startSecrets, type TestSecrets } from './secrets.ts';
import { sliceOf } from './slices.ts';
import { sqsRecord } from './sqs-record.ts';
import { storesOn } from './stores.ts';
import { startTable, type TestTable } from './table.ts';

/** Time that an invocation has, unless a test says otherwise. */
const plentyMs = 180_000;

/** What one batch came to. */
export interface BatchResult {
  /** Whether SQS keeps each message, in the order they were given. */
  readonly kept: boolean[];
  /** Seconds each kept message was put off for; undefined where nothing was said. */
  readonly waits: (number | undefined)[];
}

/** A worker with a provider, a lane and services of its own. */
export interface TestWorker extends AsyncDisposable, TestProvider {
  readonly deps: WorkerDependencies;
  readonly pace: Pace;
  readonly table: TestTable;
  readonly secrets: TestSecrets;
  readonly lines: Line[];
  readonly measured: TestMetrics;
  /** A slice of a revocation that knows of it. */
  readonly aSlice: (...tokens: string[]) => Promise<SliceMessage>;
  readonly work: (
    messages: readonly (SliceMessage | string)[],
    options?: Parameters<typeof sqsRecord>[1] & {
      readonly remainingMs?: number;
      readonly deps?: Partial<WorkerDependencies>;
    },
  ) => Promise<BatchResult>;
  /** Records by job, as the table has them. */
  readonly recordsOf: (message: SliceMessage) => Promise<JobRecord[]>;
}

export async function startWorker(
  revoke?: Script['revoke'],
  options: Parameters<typeof createProvider>[1] = {},
): Promise<TestWorker> {
  const table = await startTable();
  const secrets = await startSecrets({ test: { key: 'key' } });
  const provider = createProvider(revoke, options);
  const { entry } = provider.provider;
  const pace = createPace(table.table, entry.id, entry.rate);
  const { log, lines } = collectLog();
  const measured = collectMetrics();
  const { metrics } = measured;
  const plain = storesOn(table.table);
  const stores = { ...plain, slices: tellEnded(plain.slices, metrics, log) };
  const send = timed(provider.send, entry.id, metrics);
  const waits: Wait[] = [];
  const deps: WorkerDependencies = {
    provider: provider.provider,
    send,
    secrets: secrets.secrets,
    session: createSession(provider.provider, secrets.secrets, send),
    stores,
    pace,
    memory: { provenAt: 0 },
    visibility: {
      defer: async (asked) => {
        waits.push(...asked);
        return 0;
      },
    },
    log,
    metrics,
  };
  return {
    ...provider,
    deps,
    pace,
    table,
    secrets,
    lines,
    measured,
    aSlice: async (...tokens) => {
      const message = await sliceOf(tokens);
      await stores.revocations.create({
        id: message.revocation,
        requestedBy: 'tester',
        createdAt: new Date().toISOString(),
        total: tokens.length,
      });
      return message;
    },
    work: async (messages, { remainingMs = plentyMs, deps: other = {}, ...delivered } = {}) => {
      const records = messages.map((message) => sqsRecord(message, delivered));
      const { batchItemFailures } = await workBatch(
        records,
        { ...deps, ...other },
        () => remainingMs,
      );
      const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      return {
        kept: records.map(({ messageId }) => kept.has(messageId)),
        waits: records.map(
          ({ receiptHandle }) =>
            waits.find((wait) => wait.receiptHandle === receiptHandle)?.seconds,
        ),
      };
    },
    recordsOf: async (message) => [
      ...((await stores.slices.read(message))?.records.values() ?? []),
    ],
    [Symbol.asyncDispose]: async () => {
      await table[Symbol.asyncDispose]();
      await secrets[Symbol.asyncDispose]();
    },
  };
}
