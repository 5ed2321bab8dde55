import type { Output } from './output.ts';

/** A bar on a terminal; nothing anywhere else. */
export interface Progress {
  readonly update: (done: number, total: number, note: string) => void;
  readonly stop: () => void;
}

const none: Progress = { update: () => undefined, stop: () => undefined };

/** @param title in front of the bar */
export async function createProgress(output: Output, title: string): Promise<Progress> {
  if (!output.isTTY) return none;
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar(
    {
      format: `${title} [{bar}] {percentage}%  {note}`,
      stream: output.stream,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is dealt with in one place, which stops the bar too.
      gracefulExit: false,
      emptyOnZero: true,
    },
    cliProgress.Presets.legacy,
  );
  let isStarted = false;
  return {
    update: (done, total, note) => {
      if (!isStarted) bar.start(total, done, { note });
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    stop: () => bar.stop(),
  };
}
