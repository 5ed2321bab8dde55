import * as z from 'zod';
import { revocation } from '../../functions/api/contract/answers.ts';
import type { Api } from '../connection/api.ts';
import { ApiFault } from '../connection/problem.ts';
import { CliFault } from '../faults.ts';
import type { Read, Row } from '../input/row.ts';
import { printable } from '../output/text.ts';
import { refusedRows } from './check.ts';
import { cut, jobsText } from './cut.ts';
import { inFlight } from './in-flight.ts';
import type { Journal } from './journal.ts';
import { createLineSet } from './line-set.ts';
import { isSent, withSent } from './sent.ts';

export interface SendOptions {
  /** Parts under way at a time. */
  readonly atOnce: number;
  /** Told of lines that need not be sent any more. */
  readonly onRows?: (rows: number) => void;
}

/** What of the answers matters here. */
const opened = z.object({ id: revocation.shape.id });
const taken = z.object({ part: z.number() });

/** How long the API remembers an Idempotency-Key, less an hour for clocks that differ. */
const keyLivesMs = 23 * 60 * 60 * 1000;

/**
 * Sends the rows of a file as one revocation, from where an earlier run has stopped. Every call may be
 * repeated without anything being sent twice: what matters is in the journal before the next begins.
 *
 * @param reads of the very content that was checked: parts are known by their numbers alone
 * @returns the revocation's id
 * @throws CliFault, ApiFault; what has been sent until then is in the journal
 */
export async function send(
  reads: AsyncIterable<readonly Read[]>,
  api: Api,
  journal: Journal,
  options: SendOptions,
): Promise<string> {
  const left = createLineSet(journal.now().refused);
  const rows = async function* () {
    for await (const block of reads) {
      yield block.flatMap((read) =>
        read.kind === 'row' && !left.has(read.row.line) ? [read.row] : [],
      );
    }
  };
  const id = journal.now().isOnePart
    ? await sendOnly(cut(rows()), api, journal)
    : await sendAll(cut(rows()), api, journal, options);
  await journal.change((state) => ({ ...state, finishedAt: new Date().toISOString() }));
  return id;
}

async function sendAll(
  parts: AsyncIterable<readonly Row[]>,
  api: Api,
  journal: Journal,
  options: SendOptions,
): Promise<string> {
  const id = await open(api, journal);
  const count = await sendParts(parts, id, api, journal, options);
  await close(id, count, api, journal);
  return id;
}

/** A file of one part is an ordinary request. */
async function sendOnly(
  parts: AsyncIterable<readonly Row[]>,
  { call }: Api,
  journal: Journal,
): Promise<string> {
  const { idempotencyKey, settings, begunAt, revocation: known } = journal.now();
  if (known !== undefined) return known;
  if (Date.now() - Date.parse(begunAt) > keyLivesMs) {
    throw new CliFault(
      `Whether this file was sent at ${begunAt} cannot be told any more. Look with \`rescind status\`; if it was not, send it with --start-over.`,
    );
  }
  for await (const part of parts) {
    const label = settings.label === undefined ? '' : `"label":${JSON.stringify(settings.label)},`;
    const body = `{${label}"jobs":${jobsText(part)}}`;
    const headers = { 'idempotency-key': idempotencyKey };
    const request = { method: 'POST', body, headers } as const;
    const { id } = await call('/v1/revocations', opened, request).catch(refusedAt(part));
    await journal.change((state) => ({ ...state, revocation: id, sent: { upTo: 1, beyond: [] } }));
    return id;
  }
  throw new CliFault('The file has no line any more that can be sent.');
}

/** A revocation that is open for parts. It begins with none, so that a lost answer loses nothing. */
async function open({ call }: Api, journal: Journal): Promise<string> {
  const { idempotencyKey, settings, revocation: known } = journal.now();
  if (known !== undefined) return known;
  const { label } = settings;
  const { id } = await call('/v1/revocations', opened, {
    method: 'POST',
    body: { ...(label !== undefined && { label }), open: true, jobs: [] },
    headers: { 'idempotency-key': idempotencyKey },
  });
  await journal.change((state) => ({ ...state, revocation: id }));
  return id;
}

/** A part with its number, from 1: part 0 is what the revocation began with, which is nothing. */
interface NumberedPart {
  readonly number: number;
  readonly rows: readonly Row[];
}

/** @returns how many parts there are */
async function sendParts(
  parts: AsyncIterable<readonly Row[]>,
  id: string,
  { call }: Api,
  journal: Journal,
  { atOnce, onRows }: SendOptions,
): Promise<number> {
  const before = journal.now().sent;
  let number = 0;
  const unsent = async function* (): AsyncGenerator<NumberedPart> {
    for await (const rows of parts) {
      number += 1;
      if (isSent(before, number)) onRows?.(rows.length);
      else yield { number, rows };
    }
  };
  await inFlight(unsent(), atOnce, async ({ number: part, rows }) => {
    const path = `/v1/revocations/${id}/parts/${part}`;
    const body = `{"jobs":${jobsText(rows)}}`;
    await call(path, taken, { method: 'PUT', body }).catch(refusedAt(rows));
    await journal.change((state) => ({ ...state, sent: withSent(state.sent, part) }));
    onRows?.(rows.length);
  });
  return number;
}

/** Says how many parts there are, part 0 included, so that a lost one would be noticed. */
async function close(id: string, count: number, { call }: Api, journal: Journal): Promise<void> {
  const body = { parts: count + 1 };
  try {
    await call(`/v1/revocations/${id}/close`, revocation, { method: 'POST', body });
  } catch (error) {
    if (error instanceof ApiFault && error.status === 409) {
      // It lacks a part that it has taken before, or so the journal says: the API is to be believed.
      await journal.change((state) => ({ ...state, sent: { upTo: 0, beyond: [] } }));
    }
    throw error;
  }
}

/** Names lines where the API names jobs. */
const refusedAt =
  (rows: readonly Row[]) =>
  (error: unknown): never => {
    const refused = [...refusedRows(error, rows)];
    if (refused.length > 0) {
      const listed = refused.slice(0, 5).map(([{ line }, errors]) => {
        const what = errors.map(
          ({ pointer, detail }) => `${pointer.split('/')[3] ?? ''} ${detail}`,
        );
        return `line ${line}: ${printable(what.join('; '))}`;
      });
      throw new CliFault(
        `The API would not take what it took when it was asked before; its providers may have changed meanwhile. ${listed.join('. ')}. Have that put back and run the same command again, or mend the file and use --start-over.`,
      );
    }
    if (error instanceof ApiFault && (error.status === 409 || error.status === 404)) {
      throw new CliFault(
        `${error.message} What was sent before cannot be continued with this file; --start-over sends it as a new revocation.`,
      );
    }
    throw error;
  };
