import { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import type { Counts } from '../client.ts';
import type { Cast } from './scenario.ts';

/** How the demo shows what goes on. */
export interface Progress {
  readonly begin: (cast: readonly Cast[]) => void;
  readonly update: (member: Cast, counts: Counts) => void;
  readonly end: () => void;
  /** Gets what the functions log. */
  readonly log: NodeJS.WritableStream;
}

const done = ({ total, queued }: Counts): number => total - queued;

/** The demo makes trouble on purpose: what the functions warn of would only hide the picture. */
const discard = () =>
  new Writable({
    write: (_chunk, _encoding, written) => {
      written();
    },
  });

export const silent = (): Progress => ({
  begin: () => undefined,
  update: () => undefined,
  end: () => undefined,
  log: discard(),
});

/** One bar a provider, drawn in place. */
export function bars(): Progress {
  const multi = new cliProgress.MultiBar(
    {
      format: '  {provider} {bar} {value}/{total}  {trouble}',
      barsize: 28,
      hideCursor: true,
      clearOnComplete: false,
      autopadding: true,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    },
    cliProgress.Presets.rect,
  );
  const byProvider = new Map<Cast, cliProgress.SingleBar>();
  return {
    begin: (cast) => {
      for (const member of cast) {
        const provider = member.sandbox.provider.id.padEnd(8);
        const { trouble } = member;
        byProvider.set(member, multi.create(member.tokens.length, 0, { provider, trouble }));
      }
    },
    update: (member, counts) => {
      byProvider.get(member)?.update(done(counts));
    },
    end: () => {
      multi.stop();
    },
    log: discard(),
  };
}

/** Plain lines, for pipes and logs: one whenever a provider gets a fifth further. */
export function lines(print: (line: string) => void): Progress {
  const told = new Map<Cast, number>();
  return {
    begin: (cast) => {
      for (const { sandbox, tokens, trouble } of cast) {
        print(`${sandbox.provider.id}: ${tokens.length} issued; ${trouble}`);
      }
    },
    update: (member, counts) => {
      const fifths = counts.total === 0 ? 0 : Math.floor((5 * done(counts)) / counts.total);
      if (fifths === (told.get(member) ?? 0)) return;
      told.set(member, fifths);
      print(`${member.sandbox.provider.id}: ${done(counts)} of ${counts.total} done`);
    },
    end: () => undefined,
    log: discard(),
  };
}
