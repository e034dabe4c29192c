import { SingleBar } from 'cli-progress';

/** Long work tells how far it is. */
export interface Progress {
  update(done: number, total: number): void;
  /** Takes the bar away; nothing where none was shown. */
  stop(): void;
}

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

const LINE_EVERY_MS = 5000;

/**
 * A bar on a terminal, a line now and then anywhere else; nothing before the first update.
 * @param what is counted, such as `photos`
 */
export function createProgress(
  what: string,
  output: Output = process.stderr,
  nowMs: () => number = () => performance.now(),
): Progress {
  return output.isTTY ? bar(what, output) : lines(what, output, nowMs);
}

function bar(what: string, output: Output): Progress {
  const format = `${what} {bar} {value}/{total}, {eta_formatted} to go`;
  const single = new SingleBar({
    format,
    stream: output as NodeJS.WriteStream,
    hideCursor: true,
    clearOnComplete: true,
  });
  return {
    update: (done, total) => {
      if (single.isActive) single.update(done);
      else single.start(total, done);
    },
    stop: () => single.stop(),
  };
}

function lines(what: string, output: Output, nowMs: () => number): Progress {
  let nextMs = nowMs() + LINE_EVERY_MS;
  const update = (done: number, total: number) => {
    if (nowMs() < nextMs) return;
    nextMs = nowMs() + LINE_EVERY_MS;
    output.write(`${what} ${done}/${total} (${((100 * done) / total).toFixed(0)} %)\n`);
  };
  return { update, stop: () => undefined };
}
