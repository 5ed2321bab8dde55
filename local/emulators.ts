import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import dynalite from 'dynalite';
import { buildApp } from 'fauxqs';
// fauxqs exports neither its stores nor its persistence, and its own start listens on every
// interface of the machine. Its version is pinned, so these paths hold.
import { PersistenceManager } from '../node_modules/fauxqs/dist/persistence.js';
import { S3Store } from '../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../node_modules/fauxqs/dist/sns/snsStore.js';
import { FairSqsStore } from './fair-queue.ts';
import type { Guard } from './guard.ts';
import { keepDeletedMessages, letQueuesGrow, letTableGrow } from './live-copies.ts';
import { listenOnLoopback } from './loopback.ts';

/** A server that speaks one AWS service's protocol on loopback. */
export interface Emulator {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * SQS by fauxqs, kept in SQLite. Nobody else consumes these queues, so what was under way when the
 * last process ended is made visible again at once rather than after its visibility timeout.
 */
export async function startSqs(directory: string, guard: Guard): Promise<Emulator> {
  const persistence = new PersistenceManager(directory);
  const file = join(directory, 'fauxqs.db');
  keepDeletedMessages(file);
  returnMessagesInFlight(file);
  const database: unknown = Reflect.get(persistence, 'db');
  if (database instanceof DatabaseSync) letQueuesGrow(database);
  const sqsStore = new FairSqsStore();
  const stores = { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() };
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  stores.sqsStore.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;

  const app = buildApp({ logger: false, stores });
  app.addHook('onRequest', async (request, reply) => {
    if (!guard.admits(request.raw)) await reply.code(403).send('refused');
  });
  app.addHook('preHandler', ({ body }, _reply, done) => sqsStore.handling(body, done));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    close: async () => {
      stores.sqsStore.shutdown();
      await app.close();
      persistence.close();
    },
  };
}

function returnMessagesInFlight(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
  } finally {
    database.close();
  }
}

/** DynamoDB by dynalite, kept in LevelDB. */
export async function startDynamoDb(directory: string, guard: Guard): Promise<Emulator> {
  letTableGrow();
  const emulator: Server = dynalite({ path: directory, createTableMs: 0 });
  const front = createServer((request: IncomingMessage, response) => {
    if (guard.admits(request)) emulator.emit('request', request, response);
    else response.writeHead(403).end('refused');
  });
  const url = await listenOnLoopback(front, 0);
  return {
    url,
    close: async () => {
      front.closeAllConnections();
      await new Promise<void>((resolve) => front.close(() => resolve()));
      await new Promise<void>((resolve) => emulator.close(() => resolve()));
    },
  };
}
