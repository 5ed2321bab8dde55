import type { BulkState } from './state.ts';

type Sent = BulkState['sent'];

export const isSent = ({ upTo, beyond }: Sent, part: number): boolean =>
  part <= upTo || beyond.includes(part);

export const countSent = ({ upTo, beyond }: Sent): number => upTo + beyond.length;

/** With one more part; they end out of order. */
export function withSent({ upTo, beyond }: Sent, part: number): Sent {
  const others = new Set([...beyond, part]);
  let last = upTo;
  while (others.delete(last + 1)) last += 1;
  return { upTo: last, beyond: [...others].filter((each) => each > last) };
}
