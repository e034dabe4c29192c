import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { ServiceError } from '../common/errors.ts';
import { readBody } from './body.ts';

/** @throws ServiceError `malformed_request` */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('malformed_request', 'The body is not JSON.');
  }
}

/**
 * Reads a small JSON body; an empty one counts as `{}`.
 * @throws ServiceError `request_too_large`, or `malformed_request` saying what is wrong with it; ClientGoneError
 */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  maxBytes: number,
): Promise<z.infer<Schema>> {
  const body = await readBody(
    request,
    maxBytes,
    () => new ServiceError('request_too_large', `This body may have ${maxBytes} bytes.`),
  );
  const parsed = schema.safeParse(body.length === 0 ? {} : parseJson(body));
  if (parsed.success) return parsed.data;
  const { path, message } = firstFault(parsed.error);
  const where = path === '' ? 'The body' : `"${path}"`;
  throw new ServiceError('malformed_request', `${where} is not valid: ${message}.`);
}

const MESSAGE_MAX_LENGTH = 200;

/** Where the first fault is and what it is, short: the message names every key that is not known, however many they are. */
export function firstFault({ issues }: z.ZodError): { path: string; message: string } {
  const [fault] = issues;
  const message = fault!.message.slice(0, MESSAGE_MAX_LENGTH);
  return { path: fault!.path.join('.'), message };
}
