import { Problem } from '../../shared/http/problem.ts';

/** The problem that `act` ends in; any other end is thrown on. */
export async function problemOf(act: () => unknown): Promise<Problem> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('there was no problem');
}
