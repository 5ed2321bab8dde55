import { type ExitCode, exitCodes } from './exit-codes.ts';

/** Something the person at the keyboard can mend: told in its message, without a stack. */
export class CliFault extends Error {
  override readonly name: string = 'CliFault';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Wrong arguments. Its message quotes none of them that may be a token. */
export class UsageFault extends CliFault {
  override readonly name = 'UsageFault';

  constructor(message: string) {
    super(message, exitCodes.misused);
  }
}

/** Ctrl-C. The message says how to go on, where there is something to go on with. */
export class Interrupted extends CliFault {
  override readonly name = 'Interrupted';

  constructor(message = 'interrupted') {
    super(message, exitCodes.interrupted);
  }
}

/** Nobody reads what is printed any more, as with `| head`. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}
