import { createWriteStream } from 'node:fs';
import { pipeline as startPipeline, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { tooLarge } from './meter.ts';
import { isTransient } from './s3-failure.ts';
import type { StallLimit } from './stall-guard.ts';
import { transfer } from './transfer.ts';
import { sizeOf, streamOf, type UploadSource } from './upload-source.ts';
import type { DownloadOptions, Transferred } from './writable-store.ts';

/** One object of a bucket. */
export interface S3Address {
  Bucket: string;
  Key: string;
}

/** @throws StorageError on a stall or an object that is too large; the signal's reason; an error of the SDK's or the disk's */
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

/** @throws StorageError on a stall; an error of the SDK's or the disk's */
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
