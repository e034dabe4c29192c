import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  ObjectUnreadableError,
  StorageError,
  type StoredObject,
  type UploadSource,
  PreconditionFailedError,
  type ConditionalRead,
  type DownloadOptions,
  type Transferred,
  type WritableStore,
  type WriteCondition,
} from './object-store.ts';
import {
  createS3Client,
  parseS3Location,
  type S3Location,
  gather,
  headersOf,
  toStamp,
  defaultRetryPolicy,
  type S3Options,
  type S3RetryPolicy,
} from './s3-client.ts';
import { isLostRace, isMissingObject, isNotModified, s3Failure, wasRetried } from './s3-failure.ts';
import { downloadObject, upload, type S3Address } from './s3-transfers.ts';

const SMALL_MAX_BYTES = 16_000_000;
/** Metadata of an object: which write made it. */
const WRITE_ID = 'write-id';

/** The objects of a bucket below a prefix. */
export class S3Store implements WritableStore {
  readonly #at: S3Location;
  readonly #client: S3Client;
  readonly #retryPolicy: S3RetryPolicy;

  /**
   * @param location `s3://bucket` or `s3://bucket/prefix`
   * @throws StorageError where it names no bucket
   */
  constructor(location: string, options: S3Options) {
    this.#at = parseS3Location(location);
    this.#client = createS3Client(options);
    this.#retryPolicy = { ...defaultRetryPolicy, ...options.retryPolicy };
  }

  get location(): string {
    return this.#at.location;
  }

  async *list(folder = ''): AsyncGenerator<StoredObject> {
    const { bucket: Bucket, prefix } = this.#at;
    let ContinuationToken: string | undefined;
    do {
      const page = new ListObjectsV2Command({ Bucket, Prefix: prefix + folder, ContinuationToken });
      const { Contents = [], NextContinuationToken } = await this.#inTime(
        'list',
        folder,
        (abortSignal) => this.#client.send(page, { abortSignal }),
      );
      for (const { Key = '', Size = 0, ETag } of Contents) {
        const key = Key.slice(prefix.length);
        if (!Key.endsWith('/')) yield { key, bytes: Size, stamp: toStamp(ETag) };
      }
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async read(key: string): Promise<Buffer<ArrayBuffer>> {
    const command = new GetObjectCommand(this.#addressOf(key));
    const get = async (abortSignal: AbortSignal) =>
      gather((await this.#client.send(command, { abortSignal })).Body as Readable, Infinity);
    return this.#inTime('read', key, get, this.#retryPolicy.readMs);
  }

  async readIfChanged(key: string, stamp?: string): Promise<ConditionalRead> {
    const condition = stamp === undefined ? {} : { IfNoneMatch: `"${stamp}"` };
    const command = new GetObjectCommand({ ...this.#addressOf(key), ...condition });
    return this.#inTime('read', key, async (abortSignal) => {
      try {
        const { Body, ETag } = await this.#client.send(command, { abortSignal });
        const bytes = await gather(Body as Readable, SMALL_MAX_BYTES);
        return { outcome: 'found', bytes, stamp: toStamp(ETag) };
      } catch (error) {
        if (isNotModified(error)) return { outcome: 'unchanged' };
        if (isMissingObject(error)) return { outcome: 'missing' };
        throw error;
      }
    });
  }

  async download(key: string, file: string, options: DownloadOptions): Promise<Transferred> {
    const { stall } = this.#retryPolicy;
    const address = this.#addressOf(key);
    return downloadObject(this.#client, address, file, { ...options, stall }).catch(
      (error: unknown) => {
        options.signal?.throwIfAborted();
        throw s3Failure(`read ${this.#nameOf(key)}`, error);
      },
    );
  }

  async put(key: string, content: Uint8Array, condition?: WriteCondition): Promise<string> {
    const writeId = randomUUID();
    const command = new PutObjectCommand({
      ...this.#addressOf(key),
      ...headersOf(condition),
      Body: content,
      Metadata: { [WRITE_ID]: writeId },
    });
    return this.#inTime('write', key, async (abortSignal) => {
      try {
        return toStamp((await this.#client.send(command, { abortSignal })).ETag);
      } catch (error) {
        if (condition === undefined || !isLostRace(error)) throw error;
        const own = wasRetried(error) && (await this.#stampOfWrite(writeId, key, abortSignal));
        if (own) return own;
        throw new PreconditionFailedError(`${this.#nameOf(key)} was changed by another`, {
          cause: error,
        });
      }
    });
  }

  async upload(key: string, source: UploadSource): Promise<Transferred> {
    const { stall } = this.#retryPolicy;
    return upload(this.#client, this.#addressOf(key), source, stall).catch((error: unknown) => {
      throw s3Failure(`write ${this.#nameOf(key)}`, error);
    });
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#addressOf(key));
    await this.#inTime('remove', key, (abortSignal) => this.#client.send(command, { abortSignal }));
  }

  /** The object's stamp where this very write made it, its answer having been lost. */
  async #stampOfWrite(
    writeId: string,
    key: string,
    abortSignal: AbortSignal,
  ): Promise<string | undefined> {
    const command = new HeadObjectCommand(this.#addressOf(key));
    const { Metadata, ETag } = await this.#client.send(command, { abortSignal });
    return Metadata?.[WRITE_ID] === writeId ? toStamp(ETag) : undefined;
  }

  /** Runs a request, its answer's body and its repetitions included, against the clock. */
  async #inTime<Result>(
    action: string,
    key: string,
    request: (signal: AbortSignal) => Promise<Result>,
    ms = this.#retryPolicy.smallMs,
  ): Promise<Result> {
    const deadline = AbortSignal.timeout(ms);
    try {
      return await request(deadline);
    } catch (error) {
      if (error instanceof PreconditionFailedError) throw error;
      const what = this.#nameOf(key);
      if (action === 'read' && isMissingObject(error)) {
        throw new ObjectUnreadableError(`cannot read ${what}: it does not exist`, { cause: error });
      }
      throw s3Failure(`${action} ${what}`, deadline.aborted ? lateAnswer(ms, error) : error);
    }
  }

  #addressOf(key: string): S3Address {
    return { Bucket: this.#at.bucket, Key: this.#at.prefix + key };
  }

  #nameOf(key: string): string {
    return key === '' ? this.location : `${this.location}/${key}`;
  }
}

function lateAnswer(ms: number, cause: unknown): StorageError {
  const reason = `no answer within ${ms / 1000} s; check AWS_ENDPOINT_URL_S3 and the network`;
  return new StorageError(reason, { cause });
}
