import type { Send } from '../providers/adapter.ts';
import type { Metrics } from './metrics.ts';

/** The same transport, which measures every call: how long until its whole answer, or its failure. */
export const timed =
  (send: Send, provider: string, metrics: Metrics): Send =>
  async (request, repeating) => {
    const began = performance.now();
    try {
      return await send(request, repeating);
    } finally {
      // Tenths of milliseconds: a line may hold a hundred of these.
      const ms = Math.round((performance.now() - began) * 10) / 10;
      metrics.add('ProviderLatency', { Provider: provider }, ms);
    }
  };
