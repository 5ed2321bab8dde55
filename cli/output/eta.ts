/** How many were done at a time. */
export interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly done: number;
}

/** What counts as recent: long enough to smooth pauses, short enough to notice an outage. */
const windowMs = 60_000;

/** The samples that still count, with a new one. */
export const addSample = (samples: readonly Sample[], sample: Sample): readonly Sample[] => [
  ...samples.filter(({ at }) => sample.at - at <= windowMs),
  sample,
];

/** Jobs a second, over the samples; undefined as long as there is nothing to tell it by. */
export function rateOf(samples: readonly Sample[]): number | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return ((last.done - first.done) * 1000) / (last.at - first.at);
}

/** Seconds until all are done at this rate; undefined when that would be never. */
export const secondsLeft = (left: number, rate: number | undefined): number | undefined =>
  rate === undefined || rate <= 0 ? undefined : left / rate;

/** `8s`, `3m20s`, `2h05m`; `?` for what is not known */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return '?';
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}
