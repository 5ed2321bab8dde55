/** Fields by which lines are found again, by what a line is about. */
export const correlation = {
  request: ['requestId'],
  revocation: ['revocation'],
  slice: ['revocation', 'slice'],
  job: ['revocation', 'job'],
} as const;

interface Message {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  /** What every such line is about, and so which fields it carries; absent where that cannot be told. */
  readonly about?: keyof typeof correlation;
}

/** Every line that the functions log, by name. Alarms and tests go by the name. */
export const messages = {
  'request.answered': { about: 'request', level: 'info', text: 'Answered a request' },
  'request.failed': {
    about: 'request',
    level: 'error',
    text: 'A request failed for a reason of our own',
  },
  'revocation.accepted': { about: 'revocation', level: 'info', text: 'Accepted a revocation' },
  'revocation.closed': {
    about: 'revocation',
    level: 'info',
    text: 'Closed a revocation: no more parts come',
  },
  'part.accepted': { about: 'revocation', level: 'info', text: 'Accepted a part of a revocation' },
  'revocation.unqueued': {
    about: 'revocation',
    level: 'error',
    text: 'Not every slice could be queued; the caller is told to repeat the request',
  },
  'subject.revoked': {
    about: 'revocation',
    level: 'info',
    text: 'Had the grants of a person revoked',
  },
  'subject.unfinished': {
    about: 'revocation',
    level: 'warn',
    text: 'Grants of a person wait for a revocation whose call died half-way, or that has passed its retention: they may live. Its label tells whose; repeat the call',
  },
  'grant.unopened': {
    level: 'error',
    text: 'A grant could not be opened, so its tokens are not revoked; register them anew',
  },
  'webhook.accepted': {
    about: 'request',
    level: 'info',
    text: 'Took in an event that a source has sent',
  },
  'webhook.refused': {
    about: 'request',
    level: 'warn',
    text: 'Refused a call to a source of webhooks',
  },
  'webhook.unmapped': {
    about: 'request',
    level: 'error',
    text: 'The rules of a source did not fit what it has sent; mend them in webhooks.json',
  },
  'webhook.incomplete': {
    about: 'request',
    level: 'error',
    text: 'Grants of a person that an event names could not be revoked; GET /v1/subjects/{subject}/grants tells why',
  },
  'webhook.misconfigured': {
    about: 'request',
    level: 'error',
    text: 'The secret of a source is missing or not valid; all its calls are refused until it is put there',
  },
  'completion.published': {
    about: 'revocation',
    level: 'info',
    text: 'Told of the completion of a revocation',
  },
  'completion.outdated': {
    about: 'revocation',
    level: 'info',
    text: 'A revocation that was complete went on before that was told; it is told when it is again',
  },
  'completion.early': {
    about: 'revocation',
    level: 'info',
    text: 'Jobs of a revocation are just being sent again; its completion is looked at again in a while',
  },
  'completion.unwanted': {
    about: 'revocation',
    level: 'warn',
    text: 'The state machine of a revocation does not wait for it any more',
  },
  'completion.failed': {
    about: 'revocation',
    level: 'error',
    text: 'The completion of a revocation could not be told everywhere; it is tried again',
  },
  'completion.unreadable': {
    level: 'error',
    text: 'A message on the queue of completions is none of ours; it stays there',
  },
  'batch.done': { level: 'info', text: 'Worked through a batch of slices' },
  'slice.careful': {
    about: 'slice',
    level: 'warn',
    text: 'A slice came back with nothing written down; doing it one job at a time',
  },
  'slice.unreadable': {
    level: 'error',
    text: 'A message on the lane is not a slice of ours; it stays on the queue',
  },
  'slice.newer': {
    level: 'warn',
    text: 'A slice is of a newer format than this worker knows; it stays on the queue for the version that wrote it',
  },
  'slice.unopened': {
    about: 'slice',
    level: 'error',
    text: 'A slice could not be opened; it stays on the queue',
  },
  'slice.failed': {
    about: 'slice',
    level: 'error',
    text: 'A slice could not be written down; it stays on the queue',
  },
  'slice.overdue': {
    about: 'slice',
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
  'job.parked': { about: 'job', level: 'warn', text: 'Parked a job in the ledger' },
  'visibility.unset': {
    level: 'warn',
    text: "Some messages' waits could not be set; they come back after the queue's own time-out",
  },
  'dead-letter.parked': {
    about: 'slice',
    level: 'warn',
    text: 'Parked the unfinished jobs of a dead letter',
  },
  'dead-letter.unreadable': {
    level: 'error',
    text: 'A dead letter is not a slice of ours; it stays in the dead-letter queue',
  },
  'dead-letter.newer': {
    level: 'error',
    text: 'A dead letter is of a newer format than this function knows; it stays in the dead-letter queue for the version that wrote it',
  },
  'dead-letter.failed': {
    about: 'slice',
    level: 'error',
    text: 'A dead letter could not be parked; it stays in the dead-letter queue',
  },
  'dead-letters.redriven': { about: 'request', level: 'info', text: 'Sent parked jobs again' },
  'dead-letters.unsent': {
    about: 'request',
    level: 'error',
    text: 'A slice of parked jobs could not be sent again; it stays in the ledger',
  },
  'dead-letters.abandoned': { about: 'request', level: 'info', text: 'Abandoned parked jobs' },
  'sweep.done': { level: 'info', text: 'Looked the dead-letter ledger through' },
  'ledger.newer': {
    about: 'slice',
    level: 'warn',
    text: 'An entry of the ledger is of a newer format; it is left to the version that wrote it',
  },
  'sweep.failed': {
    level: 'error',
    text: 'The ledger could not be looked through, or not all that was due could be sent again',
  },
  'sealing-keys.checked': { level: 'info', text: 'Looked the sealing keys through' },
  'sealing-keys.added': { level: 'info', text: 'Put a new sealing key in front of the others' },
  'sealing-keys.retired': {
    level: 'info',
    text: 'Took away a sealing key that nothing is sealed with any more',
  },
  'sealing-keys.failed': {
    level: 'error',
    text: 'The sealing keys could not be rotated; those that are there go on working',
  },
} as const satisfies Record<string, Message>;

export type MessageName = keyof typeof messages;
