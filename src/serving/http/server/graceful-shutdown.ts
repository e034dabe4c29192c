import type { Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { every, sleep } from '../../../common/clock.ts';
import { endsWithin } from '../../../common/deadline.ts';
import { endProcess } from '../../../common/process/end-process.ts';
import { ServiceError } from '../../../common/errors.ts';
import type { Logger } from '../../../common/logger.ts';
import type { ActiveRequests } from '../middleware/admission.ts';
import type { Readiness } from './readiness.ts';

/** Share of the grace period reserved for answering aborted requests and for disposing of the model. */
const LAST_STEPS_SHARE = 0.2;
const IDLE_CHECK_MS = 50;
/** How long new connections are still accepted, each for one request; at most this share of the grace period. */
const LINGER_MS = 500;
const LINGER_SHARE = 0.05;

export interface DrainOptions {
  server: Server;
  readiness: Readiness;
  active: ActiveRequests;
  graceMs: number;
}

/**
 * Turns readiness off, stops accepting connections and finishes the requests in flight; those that take too long are
 * answered with 503 `shutting_down`. Resolves when every connection is closed, within the grace period.
 * It lingers before it stops listening, as a connection that only the kernel has accepted, or a request on a connection
 * that looks idle, would be reset. Meanwhile every answer announces that its connection closes.
 */
export async function drainServer(options: DrainOptions): Promise<void> {
  const { server, readiness, active, graceMs } = options;
  readiness.beginDraining();
  const lingerMs = Math.min(LINGER_MS, graceMs * LINGER_SHARE);
  await sleep(lingerMs);
  // In a turn of the event loop timers run before sockets: this waits for the sockets of the current turn.
  await nextTurn();
  const closed = closeServer(server);
  const lastStepMs = (graceMs * LAST_STEPS_SHARE) / 2;
  if (await endsWithin(closed, graceMs - lingerMs - 2 * lastStepMs)) return;
  active.abortAll(new ServiceError('shutting_down', 'The server is shutting down. Try again.'));
  if (await endsWithin(closed, lastStepMs)) return;
  server.closeAllConnections();
  await closed;
}

/** Resolves when the last connection is closed. A kept-alive connection is closed as soon as it has no request. */
async function closeServer(server: Server): Promise<void> {
  const stopChecks = every(IDLE_CHECK_MS, () => server.closeIdleConnections());
  await new Promise((resolve) => server.close(resolve));
  stopChecks();
}

/** Of the grace period, for ending a process in which a thread hangs; at most this share of it. */
const END_MS = 500;
const END_SHARE = 0.1;

/** Stops the service and ends the process, once. */
export interface ProcessStop {
  /** Stops within the grace period, then exits; does nothing while a stop is under way. */
  stop: (logFields: Record<string, unknown>, exitCode: number) => void;
}

/** On the first signal stops the service within the grace period, then exits; on the second exits at once. */
export function onStopSignal(
  logger: Logger,
  graceMs: number,
  stop: (graceMs: number) => Promise<void>,
): ProcessStop {
  let stopping = false;
  const begin: ProcessStop['stop'] = (logFields, exitCode) => {
    if (stopping) return;
    stopping = true;
    logger.info({ ...logFields, graceMs }, 'shutting down');
    const stopMs = graceMs - Math.min(END_MS, graceMs * END_SHARE);
    void stopWithin(stopMs, stop(stopMs), logger).then(() => endProcess(exitCode));
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) void endProcess(1);
    else begin({ signal }, 0);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { stop: begin };
}

async function stopWithin(graceMs: number, stopping: Promise<void>, logger: Logger): Promise<void> {
  try {
    const inTime = await endsWithin(stopping, graceMs);
    logger.info({ inTime }, 'shut down');
  } catch (error) {
    logger.error({ err: error }, 'shut down with a fault');
  }
}
