import { parentPort, workerData } from 'node:worker_threads';
import { every } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import { Lease, LeaseHeldError, LeaseLostError } from '../../registry/store/lease.ts';
import type { LeaseHolder, LeaseRecord } from '../../registry/store/lease-record.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { hasEnded } from './lease-holder.ts';

/** The worker thread's start parameters. */
export interface RenewerWorkerData {
  store: StoreAddress;
  key: string;
  holder: LeaseHolder;
  ttlMs: number;
}

/** Main thread → worker. */
export type RenewerRequest = 'acquire' | 'renew' | 'release';

/** Worker → main thread: one reply to each request, in order; a lost lease is also reported without a request. */
export type RenewerReply =
  | { kind: 'done' }
  | { kind: 'held'; record: LeaseRecord }
  | { kind: 'lost'; message: string; asked: boolean }
  | { kind: 'failed'; message: string };

/** More than one, so that a renewal may fail without the lease expiring. */
const RENEWALS_IN_TTL = 4;

const { store: address, ttlMs, ...wanted } = workerData as RenewerWorkerData;
const port = parentPort!;
let lease: Lease | undefined;
let stopRenewing: () => void = () => undefined;

async function acquire(): Promise<void> {
  const store = await openStore(address);
  lease = await Lease.acquire(store, { ...wanted, ttlMs, isGone: hasEnded });
  stopRenewing = every(ttlMs / RENEWALS_IN_TTL, () => void enqueue(renewPeriodically));
}

/** Ignores a failure of the store: the next renewal may succeed, and the next request reports the failure otherwise. */
async function renewPeriodically(): Promise<void> {
  try {
    await lease?.renew();
  } catch (error) {
    if (error instanceof LeaseLostError) reportLoss(error);
  }
}

function reportLoss({ message }: LeaseLostError): void {
  stopRenewing();
  reply({ kind: 'lost', message, asked: false });
}

async function release(): Promise<void> {
  stopRenewing();
  await lease?.release();
}

const work: Record<RenewerRequest, () => Promise<void>> = {
  acquire,
  renew: async () => lease?.renew(),
  release,
};

async function answer(request: RenewerRequest): Promise<void> {
  try {
    await work[request]();
    reply({ kind: 'done' });
  } catch (error) {
    reply(failureOf(error));
  }
}

function failureOf(error: unknown): RenewerReply {
  if (error instanceof LeaseHeldError) return { kind: 'held', record: error.record };
  const message = messageOf(error);
  return error instanceof LeaseLostError
    ? { kind: 'lost', message, asked: true }
    : { kind: 'failed', message };
}

function reply(message: RenewerReply): void {
  port.postMessage(message);
}

/** Operations run one at a time, because a lease does not support concurrent operations. */
let queue = Promise.resolve();
function enqueue(job: () => Promise<void>): Promise<void> {
  queue = queue.then(job);
  return queue;
}

port.on('message', (request: RenewerRequest) => void enqueue(() => answer(request)));
