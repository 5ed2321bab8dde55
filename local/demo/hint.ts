import { join } from 'node:path';

/** Where a demo leaves what it made. */
export const demoFiles = (directory: string) => ({
  dataDirectory: join(directory, 'data'),
  providersFile: join(directory, 'providers.json'),
  secretsFile: join(directory, 'secrets.json'),
});

/**
 * How to look at what a demo has left, to be pasted in two terminals: Rescind, and the command beside it,
 * which looks for `.rescind` unless it is told where else.
 */
export function lookAgain(directory: string): readonly [start: string, look: string] {
  const { dataDirectory, providersFile, secretsFile } = demoFiles(directory);
  return [
    `npm run local -- --data-dir ${dataDirectory} --providers ${providersFile} --secrets ${secretsFile}`,
    `npx rescind status --url "$(cat ${join(dataDirectory, 'url')})" --api-key-file ${join(dataDirectory, 'api-key')}`,
  ];
}
