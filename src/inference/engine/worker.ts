import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { serveEngine } from './serve-engine.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/**
 * Lowers the priority of the calling thread and of the threads that it starts from now on. This works on Linux only,
 * where setpriority(2) takes a thread's id; elsewhere the priority stays unchanged.
 * @param nice 0 is the normal priority, 19 the lowest
 */
export function lowerThreadPriority(nice: number): void {
  if (process.platform !== 'linux') return;
  const threadId = Number(path.basename(readlinkSync('/proc/thread-self')));
  setPriority(threadId, nice);
}

/** Inference yields to the event loop, which decodes the next photos while batches run. */
const NICE = 10;

/** Runs the engine's thread: native inference blocks it, and nothing else runs in it. */
lowerThreadPriority(NICE);
const port = parentPort!;
await serveEngine(workerData as WorkerSettings, {
  onRequest: (listener) => port.on('message', listener),
  reply: (message, transfer) => port.postMessage(message, transfer),
});
