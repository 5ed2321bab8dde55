/**
 * Waits for all, also after one has failed: work that nobody waits for is frozen with the function
 * it runs in.
 */
export async function settleAll<Value>(
  all: readonly Promise<Value>[],
): Promise<{ readonly values: Value[]; readonly failures: unknown[] }> {
  const settled = await Promise.allSettled(all);
  return {
    values: settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    failures: settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
  };
}
