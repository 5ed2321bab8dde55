import { setTimeout as sleep } from 'node:timers/promises';
import { parkReasons } from '../../shared/domain/outcome.ts';
import { type AwsRelays, startAwsRelays } from './aws-relays.ts';
import { openCopy, takeCopy } from './copies.ts';
import { type Counted, count } from './figures.ts';
import { createHistory, survivors, type View, type Violation, violations } from './invariants.ts';
import { createObserver } from './observer.ts';
import type { EventKind, RoundPlan } from './plan.ts';
import { createPrints } from './prints.ts';
import { createRandom } from './random.ts';
import { type Filter, redrive } from './redrive.ts';
import { type Rescind, startRescind } from './rescind.ts';
import { type Accepted, handIn, issueJobs } from './submissions.ts';
import { createTally, type Tally } from './tally.ts';
import { startWorld } from './world.ts';

/** What a round came to. */
export interface RoundReport extends Counted {
  readonly violations: readonly Violation[];
  readonly seconds: number;
}

/** A stack, its providers, and the trouble between them. */
export interface Suite extends AsyncDisposable {
  readonly tally: Tally;
  readonly round: (plan: RoundPlan, number: number) => Promise<RoundReport>;
  /** Ends all trouble, sends what is parked again, and looks at every job of every round anew. */
  readonly heal: () => Promise<RoundReport>;
  /** Calls that reached the providers. */
  readonly calls: () => number;
}

/** Trouble is called off after so long; what was accepted must end then. */
const troubleMs = 20_000;
const patienceSeconds = 240;
/** A claim on dead letters is taken over after two minutes. */
const takeoverMs = 180_000;

/** @param log gets what the functions print */
export async function startSuite(seed: number, log?: NodeJS.WritableStream): Promise<Suite> {
  const random = createRandom(seed).fork('trouble');
  const tally = createTally();
  const prints = createPrints();
  const history = createHistory();
  const everything: Accepted[] = [];
  let rescind: Rescind | undefined;
  let relays: AwsRelays | undefined;
  const kill = async (pid: number) => (await rescind?.kill(pid)) ?? false;

  const world = await startWorld({
    random,
    tally,
    killWorkers: async (lane) => {
      const killed = await Promise.all((relays?.workersOf(lane) ?? []).map(kill));
      return killed.includes(true);
    },
  });
  const { secretsManagerUrl, providersFile, places } = world;
  const aws = await startAwsRelays({ secretsManagerUrl, random: random.fork('aws'), tally, kill });
  relays = aws;
  const running = await startRescind({
    dataDirectory: `${world.directory}/data`,
    providersFile,
    relays: aws,
    printed: (text) => {
      prints.add(text);
      log?.write(text);
    },
  });
  rescind = running;
  const observer = createObserver(running, world);

  const calm = () => {
    aws.trouble({ faults: [], crashes: [] });
    for (const { relay } of places) relay.trouble({ faults: [], crashes: [] });
    running.skew([0]);
  };

  /** Waits until all are completed, watching some of them on the way. */
  const completed = async (accepted: readonly Accepted[], found: Violation[]) => {
    const open = new Map(accepted.map((each) => [each.id, each]));
    const deadline = Date.now() + patienceSeconds * 1000;
    const called = Date.now() + troubleMs;
    while (open.size > 0 && Date.now() < deadline) {
      if (Date.now() > called) calm();
      for (const { id } of [...open.values()]) {
        if ((await observer.peek(id))?.status === 'completed') open.delete(id);
      }
      const [watched] = open.keys();
      if (watched !== undefined) found.push(...(await watch(watched)));
      await sleep(200);
    }
  };

  /** Sees what jobs have ended as so far. */
  const watch = async (id: string): Promise<Violation[]> => {
    try {
      return history.note(id, await Array.fromAsync(running.client.outcomes(id)));
    } catch {
      return [];
    }
  };

  /**
   * Looks at revocations until they keep every promise, or have had their time: who dies while
   * sending dead letters again leaves them in between until somebody else takes over.
   *
   * @param again is done between two looks
   */
  const judge = async (
    within: readonly Accepted[],
    found: Violation[],
    rules: (view: View) => Violation[],
    again: () => Promise<void>,
  ): Promise<Counted> => {
    const deadline = Date.now() + takeoverMs;
    let views = await observer.views(within);
    while (views.some((view) => rules(view).length > 0) && Date.now() < deadline) {
      await sleep(2000);
      await again();
      views = await observer.views(within);
    }
    for (const view of views) {
      found.push(...rules(view), ...history.note(view.revocation.id, view.rows));
    }
    if (world.trapped() > 0) {
      found.push({ rule: 'a redirect is never followed', revocation: '-', jobs: [] });
    }
    const known = [
      ...within.flatMap(({ jobs }) => jobs.map(({ token }) => token)),
      ...world.secrets(),
    ];
    if (prints.holdsAny(known)) {
      found.push({ rule: 'no token or secret is ever printed', revocation: '-', jobs: [] });
    }
    return count(views);
  };

  /** Sends what is parked again, each filter twice at once. */
  const redriveTwice = async (filters: readonly Filter[]) => {
    await Promise.all(
      filters.flatMap((filter) => [filter, filter]).map((each) => redrive(running, each)),
    );
  };
  const byReason = parkReasons.map((reason): Filter => ({ reason }));

  return {
    tally,
    calls: () => places.reduce((sum, { sandbox }) => sum + sandbox.stats().calls, 0),

    round: async (plan, number) => {
      const began = performance.now();
      const found: Violation[] = [];
      const accepted: Accepted[] = [];
      const earlier = random.shuffled(everything).slice(0, 4);
      const copies: Awaited<ReturnType<typeof takeCopy>>[] = [];
      const happen: Record<EventKind, () => Promise<void>> = {
        'stack killed': running.restart,
        'data directory copied while running, and opened elsewhere': async () => {
          copies.push(await takeCopy(world, running.dataDirectory, number, accepted));
        },
        'provider’s secret rotated': async () => {
          world.rotateProviderSecret(random.pick(places).id);
        },
        'sealing keys rotated': world.rotateSealingKeys,
        // Of earlier rounds: a redrive that is killed is taken up again after two minutes.
        'dead letters sent again, twice at once': () =>
          redriveTwice(
            earlier.length === 0 ? byReason : earlier.map(({ id }) => ({ revocation: id })),
          ),
        // These are the submissions’ own and the workers’.
        'callers hang up': async () => undefined,
        'clocks off by seconds': async () => undefined,
        'clocks off by half a minute': async () => undefined,
      };

      running.skew(plan.skewsMs);
      aws.trouble(plan.aws);
      for (const { id, relay } of places) {
        relay.trouble(plan.providers[id] ?? { faults: [], crashes: [] });
      }
      await Promise.all([
        ...plan.submissions.map(async (submission, index) => {
          const key = `round-${number}-${index}`;
          const jobs = await issueJobs(submission.jobs, world, key);
          await sleep(submission.afterMs);
          try {
            const taken = await handIn(jobs, submission, key, running);
            accepted.push(taken);
            everything.push(taken);
          } catch (error) {
            const why = error instanceof Error ? error.message : 'it failed';
            found.push({
              rule: `a request is accepted in the end: ${why}`,
              revocation: key,
              jobs: [],
            });
          }
        }),
        ...plan.events.map(async ({ kind, afterMs }) => {
          await sleep(afterMs);
          await happen[kind]();
          tally.add('event', kind);
        }),
      ]);
      await completed(accepted, found);
      calm();
      const counted = await judge(accepted, found, violations, () => completed(accepted, found));
      for (const copy of copies) found.push(...(await openCopy(copy, world)));
      return { ...counted, violations: found, seconds: (performance.now() - began) / 1000 };
    },

    heal: async () => {
      const began = performance.now();
      const found: Violation[] = [];
      calm();
      const sendAgain = async () => {
        await redriveTwice(byReason);
        await completed(everything, found);
      };
      await sendAgain();
      const both = (view: View) => [...violations(view), ...survivors(view)];
      const counted = await judge(everything, found, both, sendAgain);
      return { ...counted, violations: found, seconds: (performance.now() - began) / 1000 };
    },

    [Symbol.asyncDispose]: async () => {
      await running.close();
      await aws[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
