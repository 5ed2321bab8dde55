import { addAbortSignal } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { type Context, isInteractive } from '../context.ts';
import { Interrupted, UsageFault } from '../faults.ts';

/** Far more than two of the longest tokens. */
const most = 64 * 1024;

/**
 * Lines of standard input, each a secret. On a terminal they are asked for, and not shown.
 *
 * @param names what is wanted, one a line
 * @throws UsageFault when there are more lines or fewer
 */
export async function readSecrets(names: readonly string[], context: Context): Promise<string[]> {
  if (isInteractive(context)) return askFor(names, context);
  const text = await readAll(context);
  const given = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (given.length !== names.length || given.includes('')) {
    throw new UsageFault(`Standard input must hold ${names.join(', then ')}, one a line.`);
  }
  return given;
}

async function readAll({ stdin, signal }: Context): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  try {
    for await (const chunk of addAbortSignal(signal, stdin)) {
      text += decoder.write(chunk);
      if (text.length > most) throw new UsageFault('Standard input holds more than 64 KiB.');
    }
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error;
  }
  return text + decoder.end();
}

async function askFor(names: readonly string[], context: Context): Promise<string[]> {
  const { stdin, stderr } = context;
  const given: string[] = [];
  setRaw(stdin, true);
  try {
    for (const name of names) {
      await stderr.write(`${name}: `);
      given.push(await readHidden(context));
      await stderr.write('\n');
    }
  } finally {
    setRaw(stdin, false);
    stdin.pause();
  }
  if (given.includes('')) throw new UsageFault('Nothing was given.');
  return given;
}

/** Raw: the terminal shows nothing, and Ctrl-C comes as a character. */
function setRaw(stdin: Context['stdin'], isRaw: boolean): void {
  if ('setRawMode' in stdin && typeof stdin.setRawMode === 'function') stdin.setRawMode(isRaw);
}

function readHidden({ stdin, signal }: Context): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (settle: () => void, rest: string) => {
      stdin.off('data', take);
      signal.removeEventListener('abort', stop);
      stdin.pause();
      if (rest !== '') stdin.unshift(Buffer.from(rest));
      settle();
    };
    const take = (chunk: Buffer) => {
      const characters = [...chunk.toString('utf8')];
      for (const [at, character] of characters.entries()) {
        const rest = characters.slice(at + 1).join('');
        if (character === '\u0003') return end(() => reject(new Interrupted()), '');
        if ('\r\n\u0004'.includes(character)) return end(() => resolve(text), rest);
        text = character === '\u007f' ? text.slice(0, -1) : text + character;
      }
    };
    const stop = () => end(() => reject(new Interrupted()), '');
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    stdin.on('data', take);
    stdin.resume();
  });
}
