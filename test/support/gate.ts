import type { Gate, Ticket } from '../../functions/worker/gate.ts';

/** A ticket whose every call gets a slot. */
export const freeTicket: Ticket = {
  call: async () => true,
  refused: () => false,
  done: () => undefined,
};

/** A gate that lets so many jobs through, one after another. */
export function gateFor(jobs: number): Pick<Gate, 'enter'> {
  let left = jobs;
  return {
    enter: async () => {
      left -= 1;
      return left >= 0 ? freeTicket : undefined;
    },
  };
}

export const openGate = gateFor(Number.POSITIVE_INFINITY);
