import { type BulkState, replaceState } from './state.ts';

/** The state of a run, kept on disk as it changes. */
export interface Journal {
  readonly now: () => BulkState;
  /** Changes it. Resolves when that is on disk, together with what else has changed meanwhile. */
  readonly change: (change: (state: BulkState) => BulkState) => Promise<void>;
}

/** One write at a time, each with all that has changed until it begins. */
export function openJournal(path: string, begun: BulkState): Journal {
  let state = begun;
  let writing: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return {
    now: () => state,
    change: (change) => {
      state = change(state);
      waiting ??= writing
        .catch(() => undefined)
        .then(() => {
          waiting = undefined;
          writing = replaceState(path, state);
          return writing;
        });
      return waiting;
    },
  };
}
