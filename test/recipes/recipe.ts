import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const recipes = new URL('../../docs/recipes/', import.meta.url);

/** What of the project a fresh clone does not have. */
const made = new Set(['.git', '.rescind', '.recipe', 'cdk.out', 'dist', 'offboarding']);

/** The commands of a page that a person types, in order: a text for each code block. */
export async function commandsOf(page: string): Promise<readonly string[]> {
  const markdown = await readFile(new URL(`${page}.md`, recipes), 'utf8');
  const here = markdown.replace(/^## On AWS\n.*?(?=^## )/ms, '');
  return [...here.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim(),
  );
}

/** What each long-running command prints when the next one may be typed. */
const readiness: readonly (readonly [command: RegExp, ready: string])[] = [
  [/npm run sandbox\b/, 'secrets.json\n'],
  [/npm run local\b/, 'Rescind is ready at '],
  [/\/step-functions\.ts$/, ' is ready at '],
];

const readinessOf = (command: string): string | undefined =>
  readiness.find(([pattern]) => pattern.test(command))?.[1];

/** A clone of the project in which the commands of a page are being typed. */
export interface Recipe extends AsyncDisposable {
  readonly folder: string;
  /** Types the next `count` code blocks into the page's last terminal, and answers what they print. */
  readonly type: (count: number) => Promise<string>;
  /** Types what is not on the page there. */
  readonly alsoType: (block: string) => Promise<string>;
  /** What the terminals with servers in them show. */
  readonly printed: () => string;
}

/**
 * Makes a folder like a fresh clone after `npm ci`, and types what the page does up to its last server,
 * each in a terminal of its own and on a free port.
 */
export async function startRecipe(page: string): Promise<Recipe> {
  const [install, ...commands] = await commandsOf(page);
  if (install !== 'npm ci') throw new Error(`${page}.md does not begin with npm ci`);
  const folder = await mkdtemp(join(tmpdir(), 'rescind-recipe-'));
  const env = {
    ...process.env,
    RESCIND_PORT: '0',
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  };
  const servers: ChildProcess[] = [];
  const terminal = openTerminal(folder, env);
  let printed = '';
  const stop = async () => {
    await Promise.all([...servers, terminal.shell].map(stopGroup));
    await rm(folder, { recursive: true, force: true });
  };
  const serve = async (command: string, ready: string) => {
    const server = spawn('sh', ['-ec', command], { cwd: folder, env, detached: true });
    servers.push(server);
    const from = printed.length;
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    }
    await until(`"${ready.trim()}" from ${command}`, () => {
      if (hasEnded(server)) throw new Error(printed);
      return printed.slice(from).includes(ready);
    });
  };
  try {
    for (const name of await readdir(project)) {
      if (!made.has(name)) await symlink(join(project, name), join(folder, name));
    }
    await shortenStarts(join(folder, 'bin'));
    const last = commands.findLastIndex((command) => readinessOf(command) !== undefined);
    for (const command of commands.splice(0, last + 1)) {
      const ready = readinessOf(command);
      if (ready === undefined) await terminal.type(command);
      else await serve(command, ready);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    printed: () => printed,
    type: (count) => terminal.type(commands.splice(0, count).join('\n')),
    alsoType: terminal.type,
    [Symbol.asyncDispose]: stop,
  };
}

/** A shell that goes on from one block to the next, as a person's does, and stops at a failure. */
function openTerminal(cwd: string, env: NodeJS.ProcessEnv) {
  const shell = spawn('sh', ['-e'], { cwd, env, detached: true });
  shell.stdin.on('error', () => {
    // It has stopped at a failure, which is told where its block is waited for.
  });
  let shown = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
  }
  let blocks = 0;
  const type = async (block: string): Promise<string> => {
    const from = shown.length;
    blocks += 1;
    const end = `end of block ${blocks}\n`;
    // What runs in it must not read what is typed next.
    shell.stdin.write(`{\n${block}\n} < /dev/null\necho "${end.trim()}"\n`);
    await until(`the end of ${block}`, () => {
      if (hasEnded(shell)) throw new Error(`${block}\n${shown.slice(from)}`);
      return shown.includes(end, from);
    });
    return shown.slice(from, shown.indexOf(end, from));
  };
  return { shell, type };
}

/**
 * npx and npm themselves take half a second a call; what they find in the project is the same. Whoever
 * follows a revocation looks more often than every two seconds, and Node keeps what it has compiled.
 */
async function shortenStarts(bin: string): Promise<void> {
  await mkdir(bin);
  const installed = join(project, 'node_modules/.bin');
  const rescind = `"${installed}/node" "${join(project, 'cli/rescind.js')}"`;
  const programs = {
    npx: `program=$1; shift
case "$program $*" in
  "rescind status "*--watch*) exec ${rescind} "$@" --interval 0.1 ;;
  "rescind "*) exec ${rescind} "$@" ;;
  *) exec "${installed}/$program" "$@" ;;
esac`,
    npm: `exec "${installed}/node" "--$@"`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

async function stopGroup(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || hasEnded(server)) return;
  const gone = once(server, 'exit');
  process.kill(-server.pid, 'SIGTERM');
  await gone;
}
