import type fc from 'fast-check';
import type { Registration } from '../../functions/api/contract/grants.ts';
import type { ApiDependencies } from '../../functions/api/dependencies.ts';
import { forgetGrant } from '../../functions/api/subjects/forget.ts';
import { register } from '../../functions/api/subjects/register.ts';
import { type Revoked, revokeGrants } from '../../functions/api/subjects/revoke.ts';
import type { Announce } from '../../shared/completion/announce.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import type { Lanes } from '../../shared/queue/lanes.ts';
import { open } from '../../shared/sealing/envelope.ts';
import { subjectKey } from '../../shared/sealing/fingerprint.ts';
import type { Table } from '../../shared/store/table.ts';
import { apiDependenciesOn } from './api-dependencies.ts';
import { catalogOf } from './catalog.ts';
import { type Death, mapTable, mortality } from './ledger-world.ts';
import { collectLog } from './log.ts';
import { sealingKeys } from './slices.ts';
import { storesOn } from './stores.ts';
import { recordWork } from './work.ts';

/** What callers of the grant registry may do. */
export type Act =
  | {
      readonly kind: 'put';
      readonly person: string;
      readonly grantId: string;
      readonly body: Registration;
    }
  | { readonly kind: 'forget'; readonly person: string; readonly grantId: string }
  | {
      readonly kind: 'revoke';
      readonly person: string;
      readonly includeShared: boolean;
      readonly key?: string;
      readonly taskToken?: string;
    };

/** A registry, its lanes, and what became of the tokens: as much as matters to grants. */
export interface GrantWorld {
  /** What the lanes hold. */
  readonly lane: SliceMessage[];
  /** Tokens that their provider was asked to revoke. */
  readonly dead: ReadonlySet<string>;
  readonly deps: ApiDependencies;
  /** @returns how it went; a rejection where it died, or was refused */
  readonly act: (act: Act, death?: Death, scheduler?: fc.Scheduler) => Promise<Revoked | undefined>;
  /** Has workers do all that the lanes hold. */
  readonly work: () => Promise<void>;
}

/** @param announce told of revocations that are complete */
export async function grantWorld(table: Table, announce?: Announce): Promise<GrantWorld> {
  const lane: SliceMessage[] = [];
  const dead = new Set<string>();
  const lanes: Lanes = {
    send: async (messages) => {
      lane.push(...messages);
    },
  };
  const catalog = await catalogOf({ id: 'mollie' }, { id: 'polar' });
  const depsOn = (own: Table, ownLanes: Lanes): ApiDependencies =>
    apiDependenciesOn(own, storesOn(own, announce), {
      catalog,
      lanes: ownLanes,
      log: collectLog().log,
    });
  const anybody = () => true;

  const doAct = async (act: Act, deps: ApiDependencies): Promise<Revoked | undefined> => {
    const subject = subjectKey(act.person, sealingKeys);
    switch (act.kind) {
      case 'put':
        await register(
          {
            subject,
            grantId: act.grantId,
            owner: undefined,
            registration: act.body,
            registeredBy: 'tester',
            ifMatch: undefined,
            mayTouch: anybody,
          },
          sealingKeys,
          deps,
        );
        return undefined;
      case 'forget':
        await forgetGrant(
          { subject, grantId: act.grantId, owner: undefined, mayTouch: anybody },
          deps,
        );
        return undefined;
      case 'revoke':
        return revokeGrants(
          {
            subject,
            label: undefined,
            includeShared: act.includeShared,
            taskToken: act.taskToken,
            requestedBy: 'tester',
            idempotencyKey: act.key,
            mayTouch: anybody,
          },
          deps,
        );
    }
  };

  const deps = depsOn(table, lanes);
  return {
    lane,
    dead,
    deps,
    act: (act, death, scheduler) => {
      const { mortal } = mortality(death);
      const turn = async () => void (await scheduler?.schedule(Promise.resolve(), act.kind));
      const own = mapTable(table, (request) => mortal(request, turn));
      return doAct(
        act,
        depsOn(own, { send: (messages) => mortal(() => lanes.send(messages), turn) }),
      );
    },
    work: async () => {
      for (const message of lane.splice(0)) {
        for (const { token } of await open(message, message.sealed, sealingKeys)) dead.add(token);
        const seen = await deps.slices.read(message);
        if (seen !== undefined) continue;
        await recordWork(message, deps, { outcome: 'revoked', evidence: 'accepted' });
      }
    },
  };
}
