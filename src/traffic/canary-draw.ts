import { createHash } from 'node:crypto';

const DRAW_BYTES = 6;

/**
 * Draws a client's number in [0, 1) for one version: the same at each request and on each server, and another for the
 * next version, so that it is not always the same clients that try things out. A client below one weight is below
 * every higher one.
 */
export function canaryDraw(version: number, clientKey: string): number {
  const hash = createHash('sha256').update(`${version}:${clientKey}`).digest();
  return hash.readUIntBE(0, DRAW_BYTES) / 2 ** (8 * DRAW_BYTES);
}
