import {
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { messageOf } from '../errors.ts';
import {
  ObjectUnreadableError,
  StorageError,
  type ObjectStore,
  type StoredObject,
} from './object-store.ts';

/** What differs between S3 servers; endpoint, region and credentials are found by the SDK's own chain. */
export interface S3Options {
  /** Bucket in the path instead of the host name, as most servers other than AWS want it. */
  forcePathStyle: boolean;
  /** `when_required` for servers that do not know the newer checksum headers. */
  checksumMode: 'when_required' | 'when_supported';
}

const CONNECTION_TIMEOUT_MS = 10_000;
/** Of silence. */
const REQUEST_TIMEOUT_MS = 60_000;

/** The objects of a bucket below a prefix. */
export class S3Store implements ObjectStore {
  readonly location: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Empty, or ending in `/`. */
  readonly #prefix: string;

  /** @param location `s3://bucket` or `s3://bucket/prefix` */
  constructor(location: string, options: S3Options) {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/*(.*?)\/*$/.exec(location) ?? [];
    if (bucket === '') {
      throw new StorageError(`${location} names no bucket; write s3://bucket/prefix`);
    }
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.#client = new S3Client(clientConfig(options));
  }

  async *list(): AsyncGenerator<StoredObject> {
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: this.#prefix },
    );
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', Size = 0, ETag = '' } of Contents) {
          const key = Key.slice(this.#prefix.length);
          if (!Key.endsWith('/')) yield { key, bytes: Size, stamp: ETag.replaceAll('"', '') };
        }
      }
    } catch (error) {
      throw this.#failure('list', this.location, error);
    }
  }

  async read(key: string): Promise<Buffer<ArrayBuffer>> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key });
    try {
      const { Body } = await this.#client.send(command);
      const bytes = (await Body!.transformToByteArray()) as Uint8Array<ArrayBuffer>;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      if (error instanceof NoSuchKey) {
        throw new ObjectUnreadableError(`cannot read ${key}: it does not exist`, { cause: error });
      }
      throw this.#failure('read', `${this.location}/${key}`, error);
    }
  }

  #failure(action: string, what: string, cause: unknown): StorageError {
    return new StorageError(
      `cannot ${action} ${what}: ${messageOf(cause)}; check AWS_ENDPOINT_URL_S3, AWS_REGION and the credentials`,
      { cause },
    );
  }
}

function clientConfig({ forcePathStyle, checksumMode }: S3Options): S3ClientConfig {
  const checksums = checksumMode === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  return {
    forcePathStyle,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    },
  };
}
