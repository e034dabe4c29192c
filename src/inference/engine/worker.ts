import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/errors.ts';
import type { Engine } from './engine.ts';
import { TaskRunner } from './task-runner.ts';
import type { WorkerReply, WorkerRequest, WorkerSettings } from './worker-protocol.ts';

/**
 * Lowers the calling thread's priority, and that of the threads it starts from here on. Linux only, where
 * setpriority(2) takes the id of a thread; elsewhere the priority stays as it is.
 * @param nice 0 is usual, 19 the least
 */
export function lowerThreadPriority(nice: number): void {
  if (process.platform !== 'linux') return;
  const threadId = Number(path.basename(readlinkSync('/proc/thread-self')));
  setPriority(threadId, nice);
}

/** Inference yields to the event loop, which feeds it: photos are decoded while batches run. */
const NICE = 10;

/** The engine's thread: native inference blocks it, and nothing else runs in it. */
async function serve(settings: WorkerSettings): Promise<void> {
  lowerThreadPriority(NICE);
  const port = parentPort!;
  const reply = (message: WorkerReply, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  let engine: Engine;
  try {
    engine = await createEngine(settings);
  } catch (error) {
    reply({ kind: 'unavailable', message: messageOf(error) });
    return;
  }
  const runner = new TaskRunner(engine, reply);
  port.on('message', (request: WorkerRequest) => void runner.take(request));
  reply({ kind: 'ready', device: engine.device });
}

/** Only the runtime asked for is loaded. */
async function createEngine({
  engine,
  device,
  threads,
  instances,
  instance,
}: WorkerSettings): Promise<Engine> {
  if (engine === 'onnxruntime') {
    return (await import('./onnx-engine.ts')).createOnnxEngine({ threads, instances, instance });
  }
  return (await import('./tensorflow-engine.ts')).createTensorFlowEngine({ device });
}

await serve(workerData as WorkerSettings);
