import { SingleBar } from 'cli-progress';

/** Long work tells how far it is. */
export interface Progress {
  /** @param note shown behind the numbers */
  update(done: number, total: number, note?: string): void;
  /** Takes the bar away; nothing where none was shown. */
  stop(): void;
}

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

export interface ProgressOptions {
  output?: Output;
  nowMs?: () => number;
  /** Where there is no terminal. */
  lineEveryMs?: number;
}

/**
 * A bar on a terminal, a line now and then anywhere else; nothing before the first update.
 * @param what is counted, such as `photos`
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
