import { createInterface } from 'node:readline/promises';
import { type Context, isInteractive } from '../context.ts';
import { Interrupted, UsageFault } from '../faults.ts';

/**
 * Asks before something is done that cannot be undone.
 *
 * @param question with the count in it
 * @throws UsageFault when there is nobody to ask
 */
export async function confirm(
  question: string,
  yes: boolean | undefined,
  context: Context,
): Promise<boolean> {
  if (yes === true) return true;
  if (!isInteractive(context)) {
    throw new UsageFault(`${question} There is nobody to ask here: repeat it with --yes.`);
  }
  const { stdin, stderr, signal } = context;
  const lines = createInterface({ input: stdin, output: stderr.stream });
  try {
    const answer = await Promise.race([
      lines.question(`${question} [y/N] `, { signal }),
      ended(lines),
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    throw new Interrupted();
  } finally {
    lines.close();
  }
}

/** Ctrl-D is a no; Ctrl-C, which the line editor keeps to itself, is not an answer. */
const ended = (lines: ReturnType<typeof createInterface>): Promise<string> =>
  new Promise((resolve, reject) => {
    lines.once('SIGINT', reject).once('close', () => resolve(''));
  });
