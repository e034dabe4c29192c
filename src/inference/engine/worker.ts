import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/errors.ts';
import type { Engine } from './engine.ts';
import { TaskRunner } from './task-runner.ts';
import type { WorkerReply, WorkerRequest, WorkerSettings } from './worker-protocol.ts';

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

/** Loads only the requested runtime. */
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
