import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/errors.ts';
import { Lease, LeaseHeldError, LeaseLostError } from '../../registry/store/lease.ts';
import type { LeaseHolder, LeaseRecord } from '../../registry/store/lease-record.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { isGoneHere } from './lease-holder.ts';

/** What the worker is started with. */
export interface RenewerWorkerData {
  store: StoreAddress;
  key: string;
  holder: LeaseHolder;
  ttlMs: number;
}

/** Main thread → worker. */
export type RenewerRequest = 'acquire' | 'renew' | 'release';

/** Worker → main thread: one reply to each request, in order; the loss of the lease is also reported without a request. */
export type RenewerReply =
  | { kind: 'done' }
  | { kind: 'held'; record: LeaseRecord }
  | { kind: 'lost'; message: string; asked: boolean }
  | { kind: 'failed'; message: string };

/** Several, so that some renewals may fail before the lease expires. */
const RENEWALS_IN_TTL = 4;

const { store: address, ttlMs, ...wanted } = workerData as RenewerWorkerData;
const port = parentPort!;
let lease: Lease | undefined;
let renewing: NodeJS.Timeout | undefined;

async function acquire(): Promise<void> {
  const store = await openStore(address);
  lease = await Lease.acquire(store, { ...wanted, ttlMs, isGone: isGoneHere });
  renewing = setInterval(() => void inTurn(renewUnasked), ttlMs / RENEWALS_IN_TTL);
}

/** A failure of the store is not reported: the next renewal may succeed, and a later request will report it. */
async function renewUnasked(): Promise<void> {
  try {
    await lease?.renew();
  } catch (error) {
    if (error instanceof LeaseLostError) loseUnasked(error);
  }
}

function loseUnasked({ message }: LeaseLostError): void {
  clearInterval(renewing);
  reply({ kind: 'lost', message, asked: false });
}

async function release(): Promise<void> {
  clearInterval(renewing);
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

/** A lease performs one operation at a time. */
let turn = Promise.resolve();
function inTurn(job: () => Promise<void>): Promise<void> {
  turn = turn.then(job);
  return turn;
}

port.on('message', (request: RenewerRequest) => void inTurn(() => answer(request)));
