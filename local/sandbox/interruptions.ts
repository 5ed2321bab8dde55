import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Misbehaviour, RetryAfter } from './faults.ts';
import type { Answer } from './http.ts';
import type { Interruption } from './injector.ts';
import type { ProviderModel } from './model.ts';
import type { Recorder } from './statistics.ts';

/** Where the `redirect` misbehaviour points to. */
export const redirectTarget = '/moved';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly recorder: Recorder;
}

export function sendAnswer(
  { response, recorder }: Exchange,
  answer: Answer,
  throttled = false,
): void {
  const { status, headers = {}, body = '' } = answer;
  recorder.answered(status, { unauthorized: answer.unauthorized ?? false, throttled });
  // A 204 has no length (RFC 9110 section 8.6); anything else says its own, or Node would chunk it.
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(status === 204 ? undefined : body);
}

/**
 * Answers a request otherwise than the provider would.
 *
 * @param proper the provider's own answer, where the request was carried out
 */
export function interrupt(
  exchange: Exchange,
  model: ProviderModel,
  interruption: Interruption,
  proper: Answer = { status: 200 },
): void {
  switch (interruption.kind) {
    case 'cut':
      cut(exchange, interruption.how);
      break;
    case 'throttle':
      sendAnswer(exchange, throttled(model, interruption), true);
      break;
    case 'unavailable':
      sendAnswer(exchange, unavailable(interruption.retryAfter));
      break;
    case 'canned':
      sendAnswer(exchange, interruption);
      break;
    case 'misbehave': {
      const { how } = interruption;
      // Only an answer with a body can be spoilt.
      const answer = { ...proper, status: proper.status === 204 ? 200 : proper.status };
      if (how === 'truncated' || how === 'stalled') sendPart(exchange, answer, how);
      else sendAnswer(exchange, spoilt(how, answer));
      break;
    }
  }
}

function cut({ request, recorder }: Exchange, how: 'close' | 'reset'): void {
  recorder.cut();
  if (how === 'reset') request.socket.resetAndDestroy();
  else request.socket.destroy();
}

function throttled(
  model: ProviderModel,
  { retryAfter, waitMs }: Extract<Interruption, { kind: 'throttle' }>,
): Answer {
  const byDefault = model.namesRetryAfter ? Math.ceil(waitMs / 1000) : 'none';
  const answer = model.throttled();
  return {
    ...answer,
    headers: { ...answer.headers, ...retryAfterHeader(retryAfter ?? byDefault, waitMs) },
  };
}

const unavailable = (retryAfter: RetryAfter): Answer => ({
  status: 503,
  headers: { 'content-type': 'text/plain', ...retryAfterHeader(retryAfter, 1000) },
  body: 'Service Unavailable',
});

/** A date is rounded up to the second that HTTP dates are written in. */
function retryAfterHeader(retryAfter: RetryAfter, waitMs: number): Record<string, string> {
  if (retryAfter === 'none') return {};
  if (retryAfter !== 'date') return { 'retry-after': String(retryAfter) };
  const seconds = Math.ceil((Date.now() + Math.max(waitMs, 1000)) / 1000);
  return { 'retry-after': new Date(seconds * 1000).toUTCString() };
}

const hugeBody = `{"padding":"${'x'.repeat(4 * 1024 * 1024)}"}`;
const signInPage = '<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>';

function spoilt(how: Exclude<Misbehaviour, 'truncated' | 'stalled'>, answer: Answer): Answer {
  const html = { 'content-type': 'text/html; charset=utf-8' };
  switch (how) {
    case 'wrong_content_type':
      return { ...answer, headers: { ...answer.headers, ...html } };
    case 'malformed':
      return { ...answer, body: '{"error": ' };
    case 'huge':
      return { ...answer, body: hugeBody };
    case 'html_page':
      return { status: 200, headers: html, body: signInPage };
    case 'redirect':
      return { status: 302, headers: { location: redirectTarget } };
  }
}

/** Promises a body, sends its beginning, and then cuts the connection or leaves it open. */
function sendPart(
  { response, recorder }: Exchange,
  { status, headers, body = '' }: Answer,
  how: 'truncated' | 'stalled',
): void {
  recorder.cut();
  const part = body.slice(0, Math.max(1, body.length / 2)) || '{';
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) + 32 });
  response.write(part, () => {
    if (how === 'truncated') response.destroy();
  });
}
