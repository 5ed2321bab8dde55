import { fewAtOnce } from '../../../shared/grants/few-at-once.ts';
import {
  type Grant,
  type GrantState,
  type HeldGrant,
  type LiveGrant,
  othersOf,
} from '../../../shared/grants/grant.ts';
import { shownId } from '../../../shared/grants/grant-id.ts';
import { openGrant } from '../../../shared/grants/seal-grant.ts';
import { groupBy } from '../../../shared/group-by.ts';
import { describeFault } from '../../../shared/log/logger.ts';
import { SealFault } from '../../../shared/sealing/jwe.ts';
import type { SubmittedJob } from '../contract/submission.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { jobOf } from './check-grant.ts';

/** A grant that is to be revoked, opened. */
export interface Candidate {
  readonly grant: LiveGrant;
  readonly job: SubmittedJob;
}

/** What a revocation of a person's grants would be about. */
export interface Survey {
  readonly candidates: readonly Candidate[];
  /** Shared grants that the person has yet to leave. */
  readonly toLeave: readonly HeldGrant[];
  /** Shared grants that the person has left. */
  readonly left: readonly HeldGrant[];
  /** Grants that cannot be revoked, and what to do. */
  readonly skipped: readonly { readonly grant: LiveGrant; readonly detail: string }[];
  /** Revocations that are under way and have all their jobs already. */
  readonly underway: readonly string[];
  /** Grants that are the person's still, and not to be revoked now, of which a token may live. */
  readonly alive: readonly Grant[];
}

/**
 * How many of a person's own grants may have a living token beside those that a revocation takes.
 *
 * @param taken grants that it takes
 */
export const leftAliveOf = ({ candidates, skipped, alive }: Survey, taken = 0): number =>
  candidates.length - taken + skipped.length + alive.length;

interface Question {
  /** Key of the person. */
  readonly subject: string;
  readonly includeShared: boolean;
  readonly mayTouch: (registeredBy: string) => boolean;
}

/** Grants, or revocations, that are looked into at once. */
const atOnce = 25;

type Dependencies = Pick<ApiDependencies, 'catalog' | 'log' | 'revocations' | 'secrets'>;

/** Sorts a person's grants by what is to be done with each, and opens those to be revoked. */
export async function survey(
  grants: readonly Grant[],
  { subject, includeShared, mayTouch }: Question,
  deps: Dependencies,
): Promise<Survey> {
  const own = grants.filter((grant) => mayTouch(grant.registeredBy));
  const held = own.filter((grant) => grant.state === 'held');
  const left = held.filter((grant) => grant.left.includes(subject));
  const shared = held.filter(
    (grant) => grant.members.includes(subject) && othersOf(grant, subject).length > 0,
  );
  const alone = held.filter((grant) => isAlone(grant, subject));
  const { underway, unaccepted } = await begun(own, subject, deps);

  const wanted: LiveGrant[] = [
    ...alone,
    ...unaccepted,
    ...(includeShared ? [...shared, ...left] : []),
  ];
  const isWanted = new Set<Grant>(wanted);
  const opened = await fewAtOnce(byTurns(wanted), atOnce, (grant) => openedOf(grant, deps));
  return {
    candidates: opened.filter((each) => 'job' in each),
    skipped: opened.filter((each) => 'detail' in each),
    toLeave: includeShared ? [] : shared,
    left: includeShared ? [] : left,
    underway,
    alive: own.filter(
      (grant) =>
        !isWanted.has(grant) && grant.members.includes(subject) && mayLive.has(grant.state),
    ),
  };
}

/**
 * One of each registrant's, then another of each, and so on: whoever has registered much for a person has
 * nobody wait for all of it.
 */
export function byTurns<Each extends Pick<Grant, 'registeredBy'>>(grants: readonly Each[]): Each[] {
  const turns: Each[][] = [];
  for (const own of groupBy(grants, ({ registeredBy }) => registeredBy).values()) {
    for (const [turn, grant] of own.entries()) {
      turns[turn] ??= [];
      turns[turn].push(grant);
    }
  }
  return turns.flat();
}

/** What two surveys, each of some of a person's grants, come to. */
export const together = (one: Survey, other: Survey): Survey => ({
  candidates: [...one.candidates, ...other.candidates],
  toLeave: [...one.toLeave, ...other.toLeave],
  left: [...one.left, ...other.left],
  skipped: [...one.skipped, ...other.skipped],
  underway: [...new Set([...one.underway, ...other.underway])],
  alive: [...one.alive, ...other.alive],
});

export const emptySurvey: Survey = {
  candidates: [],
  toLeave: [],
  left: [],
  skipped: [],
  underway: [],
  alive: [],
};

/** States besides `held` of grants of which a token may live. */
const mayLive: ReadonlySet<GrantState> = new Set(['revoking', 'unsupported', 'abandoned']);

const isAlone = (grant: Grant, subject: string): boolean =>
  grant.members.includes(subject) && othersOf(grant, subject).length === 0;

/** Whether a person has by now grants to be revoked that a survey has not seen. */
export const hasCome = (
  grants: readonly Grant[],
  { candidates, skipped }: Survey,
  { subject, mayTouch }: Pick<Question, 'subject' | 'mayTouch'>,
): boolean => {
  const seen = new Set([...candidates, ...skipped].map(({ grant }) => grant.version));
  return grants.some(
    (grant) =>
      grant.state === 'held' &&
      isAlone(grant, subject) &&
      mayTouch(grant.registeredBy) &&
      !seen.has(grant.version),
  );
};

/** Grants that are being revoked: by what has been accepted, and by what was cut off before. */
async function begun(
  grants: readonly Grant[],
  subject: string,
  { revocations }: Dependencies,
): Promise<{ underway: string[]; unaccepted: LiveGrant[] }> {
  const revoking = grants
    .filter((grant) => grant.state === 'revoking')
    .filter(({ members, left }) => members.includes(subject) || left.includes(subject));
  const underway: string[] = [];
  const unaccepted: LiveGrant[] = [];
  const groups = [...groupBy(revoking, ({ revocation }) => revocation)];
  await fewAtOnce(groups, atOnce, async ([id, own]) => {
    if ((await revocations.get(id))?.acceptedAt === undefined) unaccepted.push(...own);
    else underway.push(id);
  });
  return { underway, unaccepted };
}

async function openedOf(
  grant: LiveGrant,
  { catalog, log, secrets }: Dependencies,
): Promise<Candidate | { grant: LiveGrant; detail: string }> {
  if (!catalog.has(grant.provider)) {
    const detail =
      'its provider is not configured any more: put it back into providers.json, or DELETE the grant';
    return { grant, detail };
  }
  const opening = async (fresh: boolean) => openGrant(grant, await secrets.sealingKeys({ fresh }));
  try {
    const secret = await opening(false).catch((error: unknown) => {
      // The copy at hand may be older than the grant.
      if (error instanceof SealFault && error.code === 'unknown_key') return opening(true);
      throw error;
    });
    const { access_token: access, refresh_token: refresh } = grant.tokens;
    const job = jobOf(shownId(grant.grantId), {
      provider: grant.provider,
      ...secret,
      expiresAt: access?.expiresAt,
      refreshExpiresAt: refresh?.expiresAt,
    });
    if (job !== undefined) return { grant, job };
  } catch (error) {
    if (!(error instanceof SealFault)) throw error;
    log('grant.unopened', { code: error.code, ...describeFault(error) });
  }
  return { grant, detail: 'its sealed tokens cannot be opened: register them anew, or DELETE it' };
}
