import { CliFault } from '../faults.ts';

/** A file that cannot be read as what it should be, from some line on. Quotes nothing of it. */
export class InputFault extends CliFault {
  override readonly name = 'InputFault';

  constructor(line: number | undefined, message: string) {
    super(line === undefined ? message : `line ${line}: ${message}`);
  }
}
