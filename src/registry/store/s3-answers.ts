import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { StorageError } from './object-store.ts';

/** The parts of an HTTP answer that are looked at before the SDK reads it. */
interface Answer {
  statusCode?: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

const NEEDS_ETAG = new Set(['GetObjectCommand', 'PutObjectCommand', 'HeadObjectCommand']);

/**
 * Refuses answers with a status of success that no S3 server gives, such as the sign-in page of a network. S3 sends an ETag with
 * each object that is read or written (API reference, "GetObject" and "PutObject").
 */
export function rejectNonS3Responses(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (given) => {
        const result = await next(given);
        const answer = result.response as Answer;
        try {
          requireS3Answer(commandName ?? '', answer);
        } catch (error) {
          // An unread body would keep its connection, of which there are few.
          if (answer.body instanceof Readable) answer.body.destroy();
          throw error;
        }
        return result;
      },
    // The SDK's own step that reads the body has the priority "normal" and is added first, so that this one is closer to the network.
    { step: 'deserialize', name: 'rejectNonS3Responses', priority: 'low' },
  );
}

function requireS3Answer(command: string, { statusCode = 0, headers = {} }: Answer): void {
  if (statusCode < 200 || statusCode >= 300) return;
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '');
  if (headers.etag !== undefined || (!NEEDS_ETAG.has(command) && !isPage)) return;
  throw notS3Error(isPage ? 'a web page' : 'not from an S3 server: it has no ETag');
}

/** @param what completes "the answer is …" */
export function notS3Error(what: string): StorageError {
  return new StorageError(
    `the answer is ${what}; check AWS_ENDPOINT_URL_S3, the proxy, and whether the network asks to sign in`,
  );
}

/** Makes every request say that its sender pays for it, as buckets whose requester pays demand. */
export function addRequestPayer(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (given) => {
      const { headers } = given.request as { headers: Record<string, string> };
      headers['x-amz-request-payer'] = 'requester';
      return next(given);
    },
    { step: 'build', name: 'addRequestPayer' },
  );
}
