import { EventEmitter } from 'node:events';
import type { Device } from '../../../src/inference/engine/engine.ts';
import type { EngineThread } from '../../../src/inference/engine/worker-link.ts';
import type {
  WorkerReply,
  WorkerRequest,
  WorkerTask,
} from '../../../src/inference/engine/worker-protocol.ts';

/** A worker thread that the test controls. */
export class FakeThread extends EventEmitter implements EngineThread {
  /** Unanswered requests, oldest first. */
  readonly requests: WorkerRequest[] = [];
  #exited = false;

  postMessage(request: WorkerRequest): void {
    this.requests.push(request);
  }

  terminate(): Promise<number> {
    this.exit(1);
    return Promise.resolve(1);
  }

  becomeReady(device: Device = 'cpu'): void {
    this.#reply({ kind: 'ready', device });
  }

  refuse(message: string): void {
    this.#reply({ kind: 'unavailable', message });
  }

  /** Answers the oldest request. */
  answer(output: Float32Array | null = null): WorkerTask {
    const { id, task } = this.#next();
    this.#reply({ kind: 'done', id, output });
    return task;
  }

  fail(failure: 'failed' | 'out-of-memory', message: string): WorkerTask {
    const { id, task } = this.#next();
    this.#reply({ kind: 'failure', id, failure, message });
    return task;
  }

  crash(message: string): void {
    this.emit('error', new Error(message));
    this.exit(1);
  }

  exit(code: number): void {
    if (this.#exited) return;
    this.#exited = true;
    this.emit('exit', code);
  }

  #next(): WorkerRequest {
    const request = this.requests.shift();
    if (request === undefined) throw new Error('the thread was asked for nothing');
    return request;
  }

  #reply(reply: WorkerReply): void {
    this.emit('message', reply);
  }
}
