/** What a script can tell from how the command ended. docs/cli.md lists them. */
export const exitCodes = {
  done: 0,
  /** It could not be done: no connection, refused, a server's failure. */
  failed: 1,
  /** Wrong arguments. */
  misused: 2,
  /** Done, but not for all: rows that cannot be sent, jobs that were not revoked. */
  notAll: 3,
  /** A revocation that still has queued jobs. */
  unfinished: 4,
  /** Ctrl-C, as shells count it: 128 + SIGINT. */
  interrupted: 130,
  /** Nobody reads what is printed any more, as shells count it: 128 + SIGPIPE. */
  unread: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
