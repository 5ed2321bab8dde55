import { isCutOff } from '../../../shared/grants/cut-off.ts';
import { fewAtOnce } from '../../../shared/grants/few-at-once.ts';
import type {
  Grant,
  HeldGrant,
  HeldToken,
  LiveGrant,
  Unversioned,
} from '../../../shared/grants/grant.ts';
import type { Slot } from '../../../shared/grants/grants.ts';
import { maximumGrants, maximumRecords } from '../../../shared/grants/rooms.ts';
import { sealGrant } from '../../../shared/grants/seal-grant.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { fingerprint, subjectKey } from '../../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import type { Registration } from '../contract/grants.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Named, pick } from './pick.ts';

/** Writes that others may come before. */
const maximumRounds = 10;

/** A checked registration, with whose it is. */
export interface RegisterRequest extends Named {
  readonly registration: Registration;
  readonly registeredBy: string;
  /** Version that must still stand there; `*` for any; undefined where it does not matter. */
  readonly ifMatch: string | undefined;
}

type Dependencies = Pick<ApiDependencies, 'registry' | 'revocations'>;

/**
 * Registers a grant, or puts fresh tokens in the place of those it had, in one write. The partitions
 * of those who share it point to it before it is written: a pointer to nothing does no harm, a member
 * whose partition knows nothing would.
 *
 * @throws Problem `conflict` or `precondition-failed`
 */
export async function register(
  request: RegisterRequest,
  keys: SealingKeys,
  deps: Dependencies,
): Promise<{ grant: Grant; created: boolean }> {
  const { registry } = deps;
  const { ifMatch } = request;
  for (let round = 0; round < maximumRounds; round += 1) {
    const { stored, slot } = await pick(request, deps);
    const current = await currentOf(slot, request, deps);
    const seen = slot.kind === 'free' ? slot.version : current?.version;
    if (ifMatch !== undefined && !(ifMatch === '*' ? current : ifMatch === current?.version)) {
      throw changed();
    }
    const grant = await grantOf(request, stored, current, keys);
    const { members, home } = grant;
    const added = members.filter((member) => current?.members.includes(member) !== true);
    await takeRooms(added, request, stored, registry);
    for (const member of added.filter((each) => each !== home)) {
      if (!(await registry.grants.point(member, stored, home))) throw takenByMember();
    }
    const saved = await registry.grants.save(grant, seen);
    if (saved !== undefined) {
      const dropped = current?.members.filter((member) => !members.includes(member)) ?? [];
      await registry.grants.release(grant, dropped);
      return { grant: { ...grant, ...saved, members }, created: current === undefined };
    }
  }
  throw new Problem('unavailable', 'The grant is being written by others. Repeat the request.', {
    headers: { 'retry-after': '1' },
  });
}

/** @throws Problem `conflict` where what stands there is not to be written over */
async function currentOf(
  slot: Slot,
  { subject, registration }: RegisterRequest,
  deps: Dependencies,
): Promise<LiveGrant | undefined> {
  if (slot.kind === 'free') return undefined;
  if (slot.kind === 'pending') {
    throw conflict(
      'A grant of this id is just being shared with this person. Repeat the request in a minute, or choose another id.',
    );
  }
  const { grant } = slot;
  if (grant.state === 'revoking' && !(await isCutOff(grant, deps))) {
    throw conflict(
      'This grant is being revoked, so these tokens were not taken. If they are to die as well, revoke them by POST /v1/revocations.',
    );
  }
  if (!grant.members.includes(subject)) {
    throw conflict(
      'This person has left the grant of this id, and others still share it. Register fresh tokens of it under one of those, and another grant under another id.',
    );
  }
  if (grant.provider !== registration.provider) {
    throw conflict(
      'The grant of this id is at another provider. Choose another id, or revoke or DELETE that one first.',
    );
  }
  return grant;
}

async function grantOf(
  { subject, registration, registeredBy }: RegisterRequest,
  stored: string,
  current: LiveGrant | undefined,
  keys: SealingKeys,
): Promise<Unversioned<HeldGrant>> {
  const { provider, accessToken, refreshToken, parameters } = registration;
  const now = new Date().toISOString();
  const place = { home: current?.home ?? subject, grantId: stored };
  const left = current?.left ?? [];
  const sharedBy = registration.sharedBy?.map((sharer) => subjectKey(sharer, keys));
  const tokens = {
    ...heldToken('access_token', accessToken, registration.expiresAt, keys),
    ...heldToken('refresh_token', refreshToken, registration.refreshExpiresAt, keys),
  };
  return {
    ...place,
    state: 'held',
    provider,
    sealed: await sealGrant(
      { ...place, provider },
      { accessToken, refreshToken, parameters },
      keys,
    ),
    tokens,
    // Who has left comes back by registering, not because the others' list is an old one.
    members:
      sharedBy === undefined
        ? (current?.members ?? [subject])
        : [...new Set([subject, ...sharedBy.filter((sharer) => !left.includes(sharer))])].sort(),
    left,
    // Who refreshes it for them does not take it from them.
    registeredBy: current?.registeredBy ?? registeredBy,
    createdAt: current?.createdAt ?? now,
    updatedAt: now,
  };
}

const heldToken = (
  type: 'access_token' | 'refresh_token',
  token: string | undefined,
  expiresAt: string | undefined,
  keys: SealingKeys,
): Partial<Record<typeof type, HeldToken>> =>
  token === undefined
    ? {}
    : { [type]: { fingerprint: fingerprint(token, keys), ...(expiresAt && { expiresAt }) } };

/** Members for whom room is made at once. */
const atOnce = 10;

/**
 * Before anything is written for any of them: what one of them has no room for, none gets.
 *
 * @throws Problem `conflict` where this owner has put on one of them what may be
 */
async function takeRooms(
  members: readonly string[],
  { subject }: RegisterRequest,
  stored: string,
  { rooms }: Dependencies['registry'],
): Promise<void> {
  // The others only after the person that is named: most that is refused is refused there.
  const own = members.filter((member) => member === subject);
  const others = members.filter((member) => member !== subject);
  for (const [who, few] of [
    ['This person', own],
    ['One of those in sharedBy', others],
  ] as const) {
    const taken = await fewAtOnce(few, atOnce, (member) => rooms.take(member, stored));
    if (taken.includes('full of grants')) {
      throw conflict(
        `${who} has ${maximumGrants} grants, which is what one revocation takes. DELETE those that are no longer in use, or revoke them.`,
      );
    }
    if (taken.includes('full of records')) {
      throw conflict(
        `${who} has ${maximumRecords} records of grants, those that have ended or were left included. Register under an id that was used before, or wait until some of them have passed their retention.`,
      );
    }
  }
}

const conflict = (detail: string): Problem => new Problem('conflict', detail);

const takenByMember = (): Problem =>
  conflict(
    'One of those in sharedBy has another grant of this id. A grant has one id with all who share it: choose another.',
  );

const changed = (): Problem =>
  new Problem(
    'precondition-failed',
    'The grant is no longer what If-Match names. Read it again, and decide whether these tokens are newer.',
  );
