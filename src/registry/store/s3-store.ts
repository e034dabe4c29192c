import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
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
  toEtag,
  defaultRetryPolicy,
  type S3Options,
  type S3RetryPolicy,
} from './s3-client.ts';
import {
  areCredentialsRefused,
  isLostRace,
  isMissingObject,
  isNotModified,
  s3Failure,
  wasRetried,
} from './s3-failure.ts';
import { notS3Error } from './s3-answers.ts';
import { downloadObject, upload, type S3Address } from './s3-transfers.ts';

const SMALL_MAX_BYTES = 16_000_000;
/** How often other credentials are looked for at most. */
const RENEW_EVERY_MS = 5_000;
/** The metadata field that identifies the write that created an object. */
const WRITE_ID = 'write-id';

/** The objects of a bucket below a prefix as an object store. */
export class S3Store implements WritableStore {
  readonly #location: S3Location;
  readonly #options: S3Options;
  /** Replaced when the credentials have changed. */
  #client: S3Client;
  #renewAgainAtMs = 0;
  readonly #retryPolicy: S3RetryPolicy;

  /**
   * @param location `s3://bucket` or `s3://bucket/prefix`
   * @throws StorageError if it does not name a bucket
   */
  constructor(location: string, options: S3Options) {
    this.#location = parseS3Location(location);
    this.#options = options;
    this.#client = createS3Client(options);
    this.#retryPolicy = { ...defaultRetryPolicy, ...options.retryPolicy };
  }

  get location(): string {
    return this.#location.location;
  }

  async *list(folder = ''): AsyncGenerator<StoredObject> {
    const { bucket: Bucket, prefix } = this.#location;
    let ContinuationToken: string | undefined;
    do {
      const page = new ListObjectsV2Command({ Bucket, Prefix: prefix + folder, ContinuationToken });
      const answer = await this.#inTime('list', folder, (client, abortSignal) =>
        client.send(page, { abortSignal }).then(requireListing),
      );
      const { Contents = [], NextContinuationToken } = answer;
      for (const { Key = '', Size = 0, ETag, LastModified } of Contents) {
        const key = Key.slice(prefix.length);
        const modifiedMs = LastModified?.getTime() ?? Date.now();
        if (!Key.endsWith('/')) yield { key, bytes: Size, etag: toEtag(ETag), modifiedMs };
      }
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async read(key: string): Promise<Buffer<ArrayBuffer>> {
    const command = new GetObjectCommand(this.#addressOf(key));
    const get = async (client: S3Client, abortSignal: AbortSignal) =>
      gather((await client.send(command, { abortSignal })).Body as Readable, Infinity);
    return this.#inTime('read', key, get, this.#retryPolicy.readMs);
  }

  async readIfChanged(key: string, etag?: string): Promise<ConditionalRead> {
    const condition = etag === undefined ? {} : { IfNoneMatch: `"${etag}"` };
    const command = new GetObjectCommand({ ...this.#addressOf(key), ...condition });
    return this.#inTime('read', key, async (client, abortSignal) => {
      try {
        const { Body, ETag } = await client.send(command, { abortSignal });
        const bytes = await gather(Body as Readable, SMALL_MAX_BYTES);
        return { outcome: 'found', bytes, etag: toEtag(ETag) };
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
    return this.#withCredentials((client) =>
      downloadObject(client, address, file, { ...options, stall }),
    ).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw s3Failure(`read ${this.#nameOf(key)}`, error);
    });
  }

  async put(key: string, content: Uint8Array, condition?: WriteCondition): Promise<string> {
    const writeId = randomUUID();
    const command = new PutObjectCommand({
      ...this.#addressOf(key),
      ...headersOf(condition),
      Body: content,
      Metadata: { [WRITE_ID]: writeId },
    });
    return this.#inTime('write', key, async (client, abortSignal) => {
      try {
        return toEtag((await client.send(command, { abortSignal })).ETag);
      } catch (error) {
        if (condition === undefined || !isLostRace(error)) throw error;
        const own =
          wasRetried(error) && (await this.#etagOfWrite(client, { writeId, key }, abortSignal));
        if (own) return own;
        throw new PreconditionFailedError(`${this.#nameOf(key)} was changed by another`, {
          cause: error,
        });
      }
    });
  }

  async upload(key: string, source: UploadSource): Promise<Transferred> {
    const { stall } = this.#retryPolicy;
    return this.#withCredentials((client) =>
      upload(client, this.#addressOf(key), source, stall),
    ).catch((error: unknown) => {
      throw s3Failure(`write ${this.#nameOf(key)}`, error);
    });
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#addressOf(key));
    await this.#inTime('remove', key, (client, abortSignal) =>
      client.send(command, { abortSignal }),
    );
  }

  /** The object's ETag if this write created it and only its response was lost. */
  async #etagOfWrite(
    client: S3Client,
    { writeId, key }: { writeId: string; key: string },
    abortSignal: AbortSignal,
  ): Promise<string | undefined> {
    const command = new HeadObjectCommand(this.#addressOf(key));
    const { Metadata, ETag } = await client.send(command, { abortSignal });
    return Metadata?.[WRITE_ID] === writeId ? toEtag(ETag) : undefined;
  }

  /** Runs a request with a time limit that includes its response body and its retries. */
  async #inTime<Result>(
    action: string,
    key: string,
    request: (client: S3Client, signal: AbortSignal) => Promise<Result>,
    ms = this.#retryPolicy.smallMs,
  ): Promise<Result> {
    const deadline = AbortSignal.timeout(ms);
    try {
      return await this.#withCredentials((client) => request(client, deadline));
    } catch (error) {
      if (error instanceof PreconditionFailedError) throw error;
      const what = this.#nameOf(key);
      if (action === 'read' && isMissingObject(error)) {
        throw new ObjectUnreadableError(`cannot read ${what}: it does not exist`, { cause: error });
      }
      throw s3Failure(`${action} ${what}`, deadline.aborted ? lateAnswer(ms, error) : error);
    }
  }

  /** Where the server refuses the credentials and others have taken their place since they were read, it tries those. */
  async #withCredentials<Result>(request: (client: S3Client) => Promise<Result>): Promise<Result> {
    const client = this.#client;
    try {
      return await request(client);
    } catch (error) {
      if (!areCredentialsRefused(error) || !(await this.#renewCredentials(client))) throw error;
      return request(this.#client);
    }
  }

  /**
   * Whether there are other credentials than those of a client; the store uses them from now on. Looks for them now and then
   * only, because some sources are remote and a missing right is refused at every request.
   */
  async #renewCredentials(client: S3Client): Promise<boolean> {
    if (this.#client !== client) return true;
    const nowMs = performance.now();
    if (nowMs < this.#renewAgainAtMs) return false;
    this.#renewAgainAtMs = nowMs + RENEW_EVERY_MS;
    const fresh = createS3Client(this.#options);
    const keys = await Promise.all([keyOf(client), keyOf(fresh)]);
    const hasChanged = keys[0] !== keys[1];
    if (hasChanged) this.#client = fresh;
    else fresh.destroy();
    return hasChanged;
  }

  #addressOf(key: string): S3Address {
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + key };
  }

  #nameOf(key: string): string {
    return key === '' ? this.location : `${this.location}/${key}`;
  }
}

/** What tells two sets of credentials apart; undefined where there are none. */
async function keyOf(client: S3Client): Promise<string | undefined> {
  const found = await client.config.credentials().catch(() => undefined);
  return found && [found.accessKeyId, found.secretAccessKey, found.sessionToken].join(' ');
}

/** @throws StorageError for an answer that lists nothing and does not say so */
function requireListing(answer: ListObjectsV2CommandOutput): ListObjectsV2CommandOutput {
  const { Name, KeyCount, IsTruncated } = answer;
  if ([Name, KeyCount, IsTruncated].some((value) => value !== undefined)) return answer;
  throw notS3Error('no listing of an S3 bucket');
}

function lateAnswer(ms: number, cause: unknown): StorageError {
  const reason = `no answer within ${ms / 1000} s; check AWS_ENDPOINT_URL_S3 and the network`;
  return new StorageError(reason, { cause });
}
