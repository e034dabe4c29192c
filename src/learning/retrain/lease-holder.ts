import {
  currentProcess,
  hasProcessEnded,
  type ProcessIdentity,
} from '../../common/process/process-identity.ts';
import type { LeaseHolder } from '../../registry/store/lease-record.ts';

/**
 * Describes this process as the holder of a lease.
 * @param by who or what started the process
 */
export function currentHolder(by: string): LeaseHolder {
  return { by, ...currentProcess() };
}

/**
 * Whether the process of a holder has ended. Only a process on the same machine, in the same boot and container, can
 * know this; otherwise the result is false.
 */
export function hasEnded(holder: LeaseHolder): boolean {
  return hasProcessEnded(holder satisfies ProcessIdentity);
}
