import { Presets, SingleBar } from 'cli-progress';

/** Between two lines where there is no terminal. */
const LINE_EVERY = 1000;

export interface Progress {
  advance(): void;
  stop(): void;
}

/** Shows on stderr how many photos of the total are done: a bar on a terminal, a line now and then elsewhere. */
export function showProgress(total: number): Progress {
  if (!process.stderr.isTTY) return lines(total);
  const bar = new SingleBar(
    { format: '{bar} {value}/{total} photos, {eta_formatted} to go' },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { advance: () => bar.increment(), stop: () => bar.stop() };
}

function lines(total: number): Progress {
  let done = 0;
  return {
    advance: () => {
      done += 1;
      if (done % LINE_EVERY === 0) console.error(`${done} of ${total} photos`);
    },
    stop: () => undefined,
  };
}
