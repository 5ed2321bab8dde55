import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../deployed/run.ts';

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/**
 * Installs Python packages from PyPI into a virtual environment under node_modules.
 *
 * @param name of the environment
 * @param requirements file that pins them
 * @returns the folder of its programs
 * @throws Error without Python 3 or its venv
 */
export async function installPython(name: string, requirements: string): Promise<string> {
  const environment = join(cache, name);
  const programs = join(environment, 'bin');
  await run('python3', ['-m', 'venv', environment]);
  await run(join(programs, 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  return programs;
}
