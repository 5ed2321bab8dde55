/** The command `rescind`. */

import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput, unheeded } from './output/output.ts';
import { run } from './run.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The second time it does not wait: whatever is under way may be repeated.
  process.on(signal, () =>
    stop.signal.aborted ? process.exit(exitCodes.interrupted) : stop.abort(),
  );
}
const context: Context = {
  env: process.env,
  stdin: process.stdin,
  stdout: createOutput(process.stdout, process.env),
  stderr: unheeded(createOutput(process.stderr, process.env)),
  signal: stop.signal,
};
process.exitCode = await run(process.argv.slice(2), context);
// A connection kept alive, or a terminal that is still read, would keep the process.
process.exit();
