import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepDeletedMessages } from './live-copies.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name, 'fauxqs.db');

/** Runs SQL on a queue's database and answers the messages that are there then. */
function messages(name: string, sql = ''): unknown[] {
  const database = new DatabaseSync(at(name));
  try {
    database.exec(sql);
    return database
      .prepare('SELECT message_id FROM sqs_messages ORDER BY message_id')
      .all()
      .map((row) => row.message_id);
  } finally {
    database.close();
  }
}

describe('messages deleted while a directory is copied', () => {
  beforeEach(async () => {
    await mkdir(join(directory, 'data'));
    messages('data', 'CREATE TABLE sqs_messages (message_id TEXT PRIMARY KEY, body TEXT)');
    keepDeletedMessages(at('data'));
    messages('data', "INSERT INTO sqs_messages VALUES ('a', 'x'), ('b', 'y')");
    messages('data', "DELETE FROM sqs_messages WHERE message_id = 'a'");
  });

  test('are there again in the copy, once', async () => {
    await cp(join(directory, 'data'), join(directory, 'copy'), { recursive: true });
    keepDeletedMessages(at('copy'));
    expect(messages('copy')).toEqual(['a', 'b']);
    messages('copy', 'DELETE FROM sqs_messages');
    keepDeletedMessages(at('copy'));
    expect(messages('copy')).toEqual([]);
  });

  test('stay deleted where they were, also under another name', async () => {
    keepDeletedMessages(at('data'));
    expect(messages('data')).toEqual(['b']);
    await rename(join(directory, 'data'), join(directory, 'moved'));
    keepDeletedMessages(at('moved'));
    expect(messages('moved')).toEqual(['b']);
  });

  test('are not put back over one that is there', async () => {
    messages('data', "INSERT INTO sqs_messages VALUES ('a', 'anew')");
    await cp(join(directory, 'data'), join(directory, 'copy'), { recursive: true });
    keepDeletedMessages(at('copy'));
    expect(messages('copy')).toEqual(['a', 'b']);
    expect(messages('copy', "DELETE FROM sqs_messages WHERE body <> 'anew'")).toEqual(['a']);
  });
});
