import { endsWithin } from '../http/server/graceful-shutdown.ts';
import type { Logger } from '../../common/logger.ts';

/** The first signal stops the service in good order and within the grace period; the second at once. */
export function onStopSignal(
  logger: Logger,
  graceMs: number,
  stop: (graceMs: number) => Promise<void>,
): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal, graceMs }, 'shutting down');
    void stopWithin(graceMs, stop(graceMs), logger).then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function stopWithin(graceMs: number, stopping: Promise<void>, logger: Logger): Promise<void> {
  try {
    const inTime = await endsWithin(stopping, graceMs);
    logger.info({ inTime }, 'shut down');
  } catch (error) {
    logger.error({ err: error }, 'shut down with a fault');
  }
}
