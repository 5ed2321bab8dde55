import type { EndedGrant } from '../../../shared/grants/grant.ts';
import { storedId } from '../../../shared/grants/grant-id.ts';
import type { Slot } from '../../../shared/grants/grants.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** Which grant a caller means. */
export interface Named {
  /** Key of the person. */
  readonly subject: string;
  /** As the caller has it. */
  readonly grantId: string;
  /** Whose ids they are; undefined where everybody shares them. */
  readonly owner: string | undefined;
  /** Whether the caller may touch what this one has registered. */
  readonly mayTouch: (registeredBy: string) => boolean;
}

/** What an id stands for with one caller. */
export interface Picked {
  /** As it is stored. */
  readonly stored: string;
  readonly slot: Slot;
  /** Where nothing lives: what has ended by this id, another's that the caller may touch included. */
  readonly ended?: EndedGrant | undefined;
}

/**
 * What an id stands for with one caller: what is theirs before what was registered when everybody
 * shared ids, or what others have whom they may see. Nothing of what they may not.
 *
 * @throws Problem `conflict` where several others have a grant by this id
 */
export async function pick(
  { subject, grantId, owner, mayTouch }: Named,
  { registry: { grants } }: Pick<ApiDependencies, 'registry'>,
): Promise<Picked> {
  const own = storedId(grantId, owner);
  const slots = await grants.named(subject, grantId);
  const mine = slots.get(own) ?? { kind: 'free', version: undefined };
  if (mine.kind !== 'free') return { stored: own, slot: mine };
  const others = [...slots].filter(
    ([, slot]) => slot.kind === 'taken' && mayTouch(slot.grant.registeredBy),
  );
  const [first, second] = others;
  if (second !== undefined) {
    throw new Problem(
      'conflict',
      'Several callers have registered a grant by this id for this person. Leave it to them, or revoke all of the person.',
    );
  }
  if (first !== undefined) return { stored: first[0], slot: first[1] };
  const ended = [mine, ...slots.values()]
    .map((slot) => (slot.kind === 'free' ? slot.ended : undefined))
    .find((each) => each !== undefined && mayTouch(each.registeredBy));
  return { stored: own, slot: mine, ended };
}
