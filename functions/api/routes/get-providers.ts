import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { json } from '../../../shared/http/problem.ts';
import { learntRate } from '../../../shared/pace/learnt.ts';
import { isPaused, type PaceState } from '../../../shared/pace/state.ts';
import type { Provider } from '../../../shared/providers/catalog.ts';
import type { ProviderRow } from '../contract/answers.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** Pages of the ledger counted for one provider: past a few thousand the exact number is no news. */
const countedPages = 3;

/** `GET /v1/providers`: what each can do, and how it fares. */
export async function getProviders(
  deps: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const rows = [...deps.catalog.values()].map(async (provider) => {
    const { id } = provider.entry;
    const [pace, counted] = await Promise.all([
      deps.paceOf(id).read(),
      deps.ledger.count(id, countedPages),
    ]);
    return providerRow(provider, pace, counted);
  });
  return json(200, { items: await Promise.all(rows) });
}

function providerRow(
  { entry, adapter }: Provider,
  state: PaceState,
  { parked, exact }: { parked: number; exact: boolean },
): ProviderRow {
  const now = Date.now();
  const { pausedUntil = 0, pauseReason, lastError, lastErrorAt } = state;
  const paused = isPaused(state, now);
  const learnt = learntRate(state, now, entry.rate?.requestsPerSecond);
  return {
    id: entry.id,
    kind: entry.kind,
    baseUrl: adapter.baseUrl,
    capabilities: {
      ...adapter.capabilities,
      tokenTypes: { ...adapter.capabilities.tokenTypes },
    },
    verify: entry.verify,
    rate: entry.rate,
    maxConcurrency: entry.maxConcurrency,
    health: {
      state: paused ? 'paused' : 'open',
      ...(paused && { reason: pauseReason, pausedUntil: new Date(pausedUntil).toISOString() }),
      ...(learnt !== undefined && { learnedRate: Math.round(learnt * 100) / 100 }),
      lastError,
      lastErrorAt,
      parked,
      parkedIsExact: exact,
    },
  };
}
