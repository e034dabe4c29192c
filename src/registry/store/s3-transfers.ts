import { createWriteStream } from 'node:fs';
import { pipeline as startPipeline, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { backOffMs } from '../../common/back-off.ts';
import { sleep } from '../../common/clock.ts';
import {
  sizeOf,
  streamOf,
  type UploadSource,
  type DownloadOptions,
  type Transferred,
} from './object-store.ts';
import { isTransient } from './s3-failure.ts';
import { tooLarge, type StallLimit, Meter, guardAgainstStall } from './stall-guard.ts';

/** One object of a bucket. */
export interface S3Address {
  Bucket: string;
  Key: string;
}

/** @throws StorageError on a stall or for an object that is too large; the signal's reason; errors of the SDK or the disk */
export function downloadObject(
  client: S3Client,
  address: S3Address,
  file: string,
  { maxBytes, signal, stall }: DownloadOptions & { stall: StallLimit },
): Promise<Transferred> {
  return transfer({ maxBytes, signal, stall, isTransient }, async (meter, abortSignal) => {
    const answer = await client.send(new GetObjectCommand(address), { abortSignal });
    const body = answer.Body as Readable;
    if ((answer.ContentLength ?? 0) > maxBytes) {
      body.destroy();
      throw tooLarge(maxBytes);
    }
    await pipeline(body, meter, createWriteStream(file), { signal: abortSignal });
  });
}

/** @throws StorageError on a stall; errors of the SDK or the disk */
export function upload(
  client: S3Client,
  address: S3Address,
  source: UploadSource,
  stall: StallLimit,
): Promise<Transferred> {
  return transfer({ stall, isTransient }, async (meter, stalled) => {
    const ContentLength = await sizeOf(source);
    const unreadable = new AbortController();
    startPipeline(streamOf(source), meter, (error) => {
      if (error) unreadable.abort(error);
    });
    const abortSignal = AbortSignal.any([stalled, unreadable.signal]);
    const command = new PutObjectCommand({ ...address, Body: meter, ContentLength });
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      unreadable.signal.throwIfAborted();
      throw error;
    } finally {
      meter.destroy();
    }
  });
}

const ATTEMPTS = 3;
const BACK_OFF = { minMs: 200, maxMs: 400 };

export interface TransferOptions {
  maxBytes?: number;
  stall: StallLimit;
  signal?: AbortSignal | undefined;
  /** Whether another attempt may succeed. */
  isTransient(error: unknown): boolean;
}

/**
 * Moves bytes through a meter and starts again if the connection is lost.
 * @param move one attempt; stops when its signal aborts
 * @throws StorageError on a stall; the signal's reason; the error of the last attempt
 */
export async function transfer(
  options: TransferOptions,
  move: (meter: Meter, signal: AbortSignal) => Promise<void>,
): Promise<Transferred> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await attemptTransfer(options, move);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt === ATTEMPTS || !options.isTransient(error)) throw error;
    }
    await sleep(backOffMs(attempt, BACK_OFF));
  }
}

async function attemptTransfer(
  { maxBytes, stall, signal }: TransferOptions,
  move: (meter: Meter, signal: AbortSignal) => Promise<void>,
): Promise<Transferred> {
  const meter = new Meter(maxBytes);
  await guardAgainstStall(
    stall,
    () => meter.bytes,
    (stalled) => move(meter, signal === undefined ? stalled : AbortSignal.any([signal, stalled])),
  );
  return meter.total();
}
