import * as z from 'zod';
import type { WebhookEvent } from '../scheme.ts';
import { identifiersOf } from '../subject-identifier.ts';

const claims = z.looseObject({
  jti: z.string().min(1).max(1024),
  events: z.record(z.string().min(1).max(256), z.looseObject({})),
  sub_id: z.unknown().optional(),
});

/** Events of the stream itself, whose subject is the stream and nobody that a rule is about. */
const ofTheStream = new Set(['ssf/verification', 'ssf/stream-updated']);

/** Events of one token, which says one thing, by several names at most. Each is looked into with all claims. */
const maximumEvents = 16;

/** What a Security Event Token (RFC 8417) says. */
export interface SecurityEvents {
  readonly jti: string;
  readonly events: readonly WebhookEvent[];
}

/**
 * The events of a token, one for each member of `events` but those of the stream. Rules look into the token's claims, with the
 * event's own as `event` and the names of the person as `subject`.
 *
 * @param payload claims of a verified token
 * @param subjectIssuer whose `sub`s are meant
 * @returns undefined when it is no Security Event Token, or has more than 16 events
 */
export function securityEvents(
  payload: unknown,
  subjectIssuer: string,
): SecurityEvents | undefined {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return undefined;
  const count = Object.keys(parsed.data.events).length;
  if (count === 0 || count > maximumEvents) return undefined;
  const { events, ...rest } = parsed.data;
  return {
    jti: rest.jti,
    events: Object.entries(events)
      .filter(([uri]) => !ofTheStream.has(shortType(uri)))
      .map(([uri, event]) => ({
        type: shortType(uri),
        data: {
          ...rest,
          event,
          // RISC had the subject in the event before there was `sub_id`.
          subject: identifiersOf(rest.sub_id ?? event.subject, subjectIssuer),
        },
      })),
  };
}

/** `caep/session-revoked` of `https://schemas.openid.net/secevent/caep/event-type/session-revoked`. */
function shortType(uri: string): string {
  const [, profile, name] =
    /^https:\/\/schemas\.openid\.net\/secevent\/([\w-]+)\/event-type\/([\w-]+)$/.exec(uri) ?? [];
  return profile === undefined ? uri : `${profile}/${name}`;
}
