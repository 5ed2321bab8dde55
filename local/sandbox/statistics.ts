import type { Purpose } from './http.ts';

/** What a sandbox has seen. Control calls do not count. */
export interface SandboxStatistics {
  /** Requests that came, answered or not. */
  readonly calls: number;
  readonly callsFor: Readonly<Record<Purpose, number>>;
  /** Answers by status; a request that was cut off is in none. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Answers that said the caller's credentials were wrong, whatever their status. */
  readonly unauthorized: number;
  /** Answers of the `throttle` fault, whatever their status. */
  readonly throttled: number;
  /** Requests cut off without a whole answer. */
  readonly cut: number;
  /** Requests to the page that the `redirect` misbehaviour points to: nobody should go there. */
  readonly redirectsFollowed: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Most calls that began within one second of the clock. */
  readonly peakPerSecond: number;
}

export interface Recorder {
  begin(purpose: Purpose): void;
  answered(status: number, marks: { unauthorized?: boolean; throttled?: boolean }): void;
  cut(): void;
  redirectFollowed(): void;
  end(): void;
  read(): SandboxStatistics;
}

export function createRecorder(): Recorder {
  let calls = 0;
  const callsFor: Record<Purpose, number> = { revoke: 0, verify: 0, other: 0 };
  const byStatus = new Map<number, number>();
  let unauthorized = 0;
  let throttled = 0;
  let cut = 0;
  let redirectsFollowed = 0;
  let inFlight = 0;
  let peakInFlight = 0;
  let second = { at: 0, calls: 0 };
  let peakPerSecond = 0;
  return {
    begin: (purpose) => {
      calls += 1;
      callsFor[purpose] += 1;
      inFlight += 1;
      peakInFlight = Math.max(peakInFlight, inFlight);
      const at = Math.floor(Date.now() / 1000);
      second = { at, calls: at === second.at ? second.calls + 1 : 1 };
      peakPerSecond = Math.max(peakPerSecond, second.calls);
    },
    answered: (status, marks) => {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      if (marks.unauthorized) unauthorized += 1;
      if (marks.throttled) throttled += 1;
    },
    cut: () => {
      cut += 1;
    },
    redirectFollowed: () => {
      redirectsFollowed += 1;
    },
    end: () => {
      inFlight -= 1;
    },
    read: () => ({
      calls,
      callsFor: { ...callsFor },
      byStatus: Object.fromEntries(byStatus),
      unauthorized,
      throttled,
      cut,
      redirectsFollowed,
      inFlight,
      peakInFlight,
      peakPerSecond,
    }),
  };
}
