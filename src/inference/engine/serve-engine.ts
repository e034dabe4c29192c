import { messageOf } from '../../common/errors.ts';
import type { Engine } from './engine.ts';
import { TaskRunner } from './task-runner.ts';
import type { WorkerReply, WorkerRequest, WorkerSettings } from './worker-protocol.ts';

/** The side of a thread or process from which tasks come. */
export interface TaskSource {
  onRequest: (listener: (request: WorkerRequest) => void) => void;
  reply: (reply: WorkerReply, transfer: ArrayBuffer[]) => void;
}

/** Creates an engine in this thread and executes the tasks of `source`: native inference blocks the thread. */
export async function serveEngine(
  settings: WorkerSettings,
  { onRequest, reply }: TaskSource,
): Promise<void> {
  let engine: Engine;
  try {
    engine = await createEngine(settings);
  } catch (error) {
    reply({ kind: 'unavailable', message: messageOf(error) }, []);
    return;
  }
  const runner = new TaskRunner(engine, reply);
  onRequest((request) => void runner.take(request));
  reply({ kind: 'ready', device: engine.device }, []);
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
