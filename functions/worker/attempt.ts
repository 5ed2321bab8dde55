import { jobId } from '../../shared/domain/job.ts';
import { type JobRecord, triesOf } from '../../shared/domain/outcome.ts';
import { settle, uncounted } from '../../shared/domain/settle.ts';
import type { Send } from '../../shared/providers/adapter.ts';
import { HeldBack } from '../../shared/providers/faults.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import type { Gate, Ticket } from './gate.ts';
import type { LaneWatch } from './lane.ts';
import { answersOf, recordOf } from './record.ts';
import type { Try } from './try.ts';
import { tryJob } from './try-job.ts';

/** What a batch's jobs go through. */
export interface Passage {
  readonly gate: Gate;
  readonly watch: LaneWatch;
  /** Told of every call. */
  readonly called: () => void;
}

/** The transport, each of whose calls takes a slot of the lane's pace. */
const paced = (send: Send, ticket: Ticket, called: () => void): Send => {
  const slot = async () => {
    if (!(await ticket.call())) throw new HeldBack();
    called();
  };
  return async (request) => {
    await slot();
    return send(request, slot);
  };
};

/** A job that got no call through to its provider, but for a look-up: it has not been tried. */
const untried = (before: JobRecord, { foundAlive }: Try): JobRecord => ({
  ...before,
  ...(foundAlive && { foundAlive, evidence: undefined }),
  // The worker has lived through it.
  crashes: undefined,
});

/** One try at one job, taken into the delivery's records and the lane's state. */
export async function attemptJob(
  delivery: Delivery,
  index: number,
  ticket: Ticket,
  { watch, called }: Passage,
  { provider, session, send: plainSend, metrics }: WorkerDependencies,
): Promise<void> {
  const { message, jobs, records } = delivery;
  const { id: Provider, retry, verify } = provider.entry;
  const job = jobs.get(index);
  const before = records.get(index);
  if (job === undefined || before === undefined) return;
  const id = jobId({ ...message, index });
  const earlier = { ...before, id, answers: answersOf(before) };
  const send = paced(plainSend, ticket, called);
  const tried = await tryJob(job, earlier, { session: session.sendingBy(send), send, verify });
  const { verdict } = tried;
  const heldBack = ticket.refused();
  const counts = !heldBack && watch.counts(verdict, before);
  const policy = counts ? retry : uncounted(retry);
  const settlement = settle(verdict, triesOf(before) + 1, policy, tried.evidence);
  if (heldBack && tried.answers === 0 && settlement.kind === 'waiting') {
    records.set(index, untried(before, tried));
    delivery.waitSeconds = Math.max(delivery.waitSeconds, settlement.seconds);
    return;
  }
  metrics.add('Tries', { Provider, Verdict: verdict.kind });
  records.set(index, recordOf(before, settlement, tried, counts));
  if (settlement.kind === 'waiting') {
    metrics.add('Retries', { Provider });
    delivery.waitSeconds = Math.max(delivery.waitSeconds, settlement.seconds);
  }
  if (verdict.kind === 'misconfigured') session.forget();
  // A call that was never made tells nothing about the provider.
  if (heldBack && settlement.kind === 'waiting') return;
  const waitSeconds = settlement.kind === 'waiting' ? settlement.seconds : undefined;
  await watch.observe(verdict, before, waitSeconds);
}
