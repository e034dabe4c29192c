import { SingleBar } from 'cli-progress';

/** Reports how far a long task has come. */
export interface Progress {
  /** @param note shown after the numbers */
  update(done: number, total: number, note?: string): void;
  /** Removes the bar, if there is one. */
  stop(): void;
}

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

export interface ProgressOptions {
  output?: Output;
  nowMs?: () => number;
  /** Time between two lines when the output is not a terminal. */
  lineEveryMs?: number;
}

/**
 * Shows a bar on a terminal and occasional lines elsewhere; nothing before the first update.
 * @param what the unit that is counted, such as `photos`
 */
export function createProgress(
  what: string,
  {
    output = process.stderr,
    nowMs = () => performance.now(),
    lineEveryMs = 5000,
  }: ProgressOptions = {},
): Progress {
  return output.isTTY ? bar(what, output) : lines(what, { output, nowMs, lineEveryMs });
}

function bar(what: string, output: Output): Progress {
  const format = `${what} {bar} {value}/{total}, {eta_formatted} to go  {note}`;
  const single = new SingleBar({
    format,
    stream: output as NodeJS.WriteStream,
    hideCursor: true,
    clearOnComplete: true,
  });
  return {
    update: (done, total, note = '') => {
      if (single.isActive) single.update(done, { note });
      else single.start(total, done, { note });
    },
    stop: () => single.stop(),
  };
}

function lines(what: string, { output, nowMs, lineEveryMs }: Required<ProgressOptions>): Progress {
  let nextMs = nowMs() + lineEveryMs;
  const update = (done: number, total: number, note = '') => {
    if (nowMs() < nextMs) return;
    nextMs = nowMs() + lineEveryMs;
    output.write(
      `${what} ${done}/${total} (${((100 * done) / total).toFixed(0)} %)${note && `  ${note}`}\n`,
    );
  };
  return { update, stop: () => undefined };
}
