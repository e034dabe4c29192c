import type { Worker } from 'node:worker_threads';
import { messageOf } from '../../common/errors.ts';
import { LeaseHeldError, LeaseLostError } from '../../registry/store/lease.ts';
import { StorageError } from '../../registry/store/object-store.ts';
import { startWorkerThread } from '../../common/process/worker-thread.ts';
import type { RenewerReply, RenewerRequest, RenewerWorkerData } from './lease-worker.ts';

/**
 * Holds a lease in a worker thread, which renews it even while a training step or the validation of an epoch blocks the
 * main thread.
 */
export class LeaseRenewer {
  /** Aborts with a LeaseLostError as its reason. */
  readonly lost: AbortSignal;
  readonly #worker: Worker;
  readonly #lost = new AbortController();
  readonly #waiting: ((reply: RenewerReply) => void)[] = [];
  /** Why the thread ended; undefined while it runs. */
  #ended: string | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.lost = this.#lost.signal;
    worker.on('message', (reply: RenewerReply) => this.#receive(reply));
    worker.once('error', (error) => (this.#ended = messageOf(error)));
    worker.once('exit', () => this.#end());
  }

  /** @throws LeaseHeldError if another process holds the lease; StorageError */
  static async acquire(workerData: RenewerWorkerData): Promise<LeaseRenewer> {
    const worker = startWorkerThread(import.meta.url, 'lease-worker', { workerData });
    const renewer = new LeaseRenewer(worker);
    try {
      await renewer.#ask('acquire');
      return renewer;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  /**
   * Verifies that the lease is still held. Call it immediately before an operation that only the holder may perform.
   * @throws LeaseLostError; StorageError if the store does not respond
   */
  async confirm(): Promise<void> {
    this.lost.throwIfAborted();
    await this.#ask('renew');
  }

  /** Releases the lease; if the store does not respond, the lease expires. */
  async release(): Promise<void> {
    await this.#ask('release').catch(() => undefined);
    await this.#worker.terminate();
  }

  async #ask(kind: RenewerRequest): Promise<void> {
    const reply = await new Promise<RenewerReply>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#ended === undefined) this.#worker.postMessage(kind);
      else this.#end();
    });
    if (reply.kind === 'held') throw new LeaseHeldError(reply.record);
    if (reply.kind === 'lost') throw new LeaseLostError(reply.message);
    if (reply.kind === 'failed') throw new StorageError(reply.message);
  }

  /** Replies arrive in the order of the requests; a report that the lease was lost may arrive in between. */
  #receive(reply: RenewerReply): void {
    if (reply.kind === 'lost') this.#lost.abort(new LeaseLostError(reply.message));
    if (reply.kind !== 'lost' || reply.asked) this.#waiting.shift()?.(reply);
  }

  #end(): void {
    const message = (this.#ended ??= 'the thread that renews the lease has ended');
    for (const resolve of this.#waiting.splice(0)) resolve({ kind: 'failed', message });
  }
}
