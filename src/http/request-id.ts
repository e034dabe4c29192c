import { randomUUID } from 'node:crypto';

/** Short and plain enough to be copied into logs and headers. */
const saneId = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** The caller's own id where it is sane, so that its traces join ours; otherwise a new one. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && saneId.test(header) ? header : randomUUID();
}
