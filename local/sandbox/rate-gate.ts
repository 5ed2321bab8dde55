/**
 * A rate limit by the generic cell rate algorithm: `burst` requests at once, then one each
 * interval. A refused request does not count against the rate.
 *
 * @returns asks for one request: 0 when it may pass, else how many milliseconds to wait
 */
export function createRateGate(
  requestsPerSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
): () => number {
  const interval = 1000 / requestsPerSecond;
  const tolerance = (burst - 1) * interval;
  let theoreticalArrival = Number.NEGATIVE_INFINITY;
  return () => {
    const at = now();
    const arrival = Math.max(theoreticalArrival, at);
    if (arrival - at > tolerance) return arrival - at - tolerance;
    theoreticalArrival = arrival + interval;
    return 0;
  };
}
