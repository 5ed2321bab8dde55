import { Logger } from '@aws-lambda-powertools/logger';
import { type MessageName, messages } from './messages.ts';

/** What a line may carry. Plain values only: an event, a request or an Error never goes in whole. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes named messages; their level and text stand in the catalogue. */
export type Log = (name: MessageName, fields?: Fields) => void;

/** A log of one function, as structured JSON on standard output. */
export function createLog(service: string): Log {
  const logger = new Logger({ serviceName: `rescind-${service}` });
  return (name, fields = {}) => {
    const { level, text } = messages[name];
    logger[level](text, { name, ...fields });
  };
}

/** The same log, with these fields on every line. A line's own fields win. */
export const withFields =
  (log: Log, common: Fields): Log =>
  (name, fields = {}) =>
    log(name, { ...common, ...fields });

/**
 * An error made fit for a log line: its class and code. The message stays out, since libraries
 * quote what they were given in it.
 */
export function describeFault(error: unknown): Fields {
  if (!(error instanceof Error)) return { fault: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const cause = error.cause instanceof Error ? error.cause.name : undefined;
  // The stack begins with the message, whose lines may look like places.
  const places = error.stack?.replace(error.message, '').split('\n');
  const where = places?.find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));
  return { fault: error.name, code, cause, where: where?.trim() };
}
