interface Message {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

/** Every line that the functions log, by name. Alarms and tests go by the name. */
export const messages = {
  'request.answered': { level: 'info', text: 'Answered a request' },
  'request.failed': { level: 'error', text: 'A request failed for a reason of our own' },
  'revocation.accepted': { level: 'info', text: 'Accepted a revocation' },
  'batch.done': { level: 'info', text: 'Worked through a batch of slices' },
  'slice.careful': {
    level: 'warn',
    text: 'A slice came back with nothing written down; doing it one job at a time',
  },
  'slice.unreadable': {
    level: 'error',
    text: 'A message on the lane is not a slice of ours; it stays on the queue',
  },
  'slice.unopened': { level: 'error', text: 'A slice could not be opened; it stays on the queue' },
  'slice.failed': {
    level: 'error',
    text: 'A slice could not be written down; it stays on the queue',
  },
  'slice.expired': {
    level: 'warn',
    text: 'A slice waited ten days for its lane; what was left of it is parked',
  },
  'pace.failed': {
    level: 'error',
    text: "The lane's pace could not be read or written",
  },
  'lane.paused': { level: 'warn', text: 'The lane stands still for a while' },
  'lane.misconfigured': {
    level: 'error',
    text: 'The provider refuses our credentials or endpoint; mend its secret or its entry in providers.json',
  },
  'lane.untold': {
    level: 'warn',
    text: 'The state of the lane could not be written down; its other workers will find out',
  },
  'lane.resumed': { level: 'info', text: 'The provider answers again' },
  'job.parked': { level: 'warn', text: 'Parked a job in the ledger' },
  'visibility.unset': {
    level: 'warn',
    text: "Some messages' waits could not be set; they come back after the queue's own time-out",
  },
  'dead-letter.parked': { level: 'warn', text: 'Parked the unfinished jobs of a dead letter' },
  'dead-letter.unreadable': {
    level: 'error',
    text: 'A dead letter is not a slice of ours; it stays in the dead-letter queue',
  },
  'dead-letter.failed': {
    level: 'error',
    text: 'A dead letter could not be parked; it stays in the dead-letter queue',
  },
} as const satisfies Record<string, Message>;

export type MessageName = keyof typeof messages;
