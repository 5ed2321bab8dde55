import { revocation } from '../../functions/api/contract/answers.ts';
import type { Api } from '../connection/api.ts';
import { ApiFault } from '../connection/problem.ts';
import { type Context, warn } from '../context.ts';
import { counted } from '../output/text.ts';
import { countSent } from './sent.ts';
import { findState, removeState } from './state.ts';

/**
 * Forgets a run that did not come to its end. What it has opened is closed, since nobody else would;
 * jobs that were sent are revoked all the same.
 *
 * @throws CliFault when the API cannot be reached: the state is then kept
 */
export async function startOver(
  stateFile: string,
  api: Api & { readonly url: string },
  context: Context,
): Promise<void> {
  const earlier = await findState(stateFile);
  if (earlier !== undefined && earlier !== 'torn') {
    const { revocation: id, isOnePart, finishedAt, sent, url } = earlier;
    if (id !== undefined && !isOnePart && finishedAt === undefined) {
      const what = `the run before has sent ${counted(countSent(sent), 'part')} as ${id}`;
      const end = url === api.url ? await close(id, api) : `It stays open at ${url}.`;
      await warn(context, `${what}. ${end}`);
    }
  }
  await removeState(stateFile);
}

/** @returns what became of it */
async function close(id: string, { call }: Api): Promise<string> {
  try {
    // However many parts there are: those that were never sent are not to come any more.
    await call(`/v1/revocations/${id}/close`, revocation, { method: 'POST', body: {} });
    return 'It was closed, and ends when these have.';
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    return `It stays open: ${error.message}`;
  }
}
