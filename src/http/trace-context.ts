import { randomBytes } from 'node:crypto';

/** Where a request stands in its caller's trace. */
export interface TraceContext {
  traceId: string;
  /** Of this server's part. */
  spanId: string;
  /** Of the caller's. */
  parentId: string;
  /** Two hexadecimal digits; the last bit says whether the caller records. */
  flags: string;
}

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/**
 * Goes on with the caller's trace (W3C Trace Context, 3.2): later versions are read as far as this one goes.
 * @param header the value of `traceparent`
 * @returns undefined where there is none, or it is not valid and to be ignored
 */
export function traceFrom(header: string | undefined): TraceContext | undefined {
  const [, version, traceId, parentId, flags, more] = HEADER.exec(header ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) {
    return undefined;
  }
  if (ZEROS.test(traceId!) || ZEROS.test(parentId!)) return undefined;
  const spanId = randomBytes(8).toString('hex');
  return { traceId: traceId!, spanId, parentId: parentId!, flags: flags! };
}

/** For `traceresponse`, by which the caller learns of this server's part (W3C Trace Context Level 2, 4). */
export function traceHeader({ traceId, spanId, flags }: Omit<TraceContext, 'parentId'>): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
