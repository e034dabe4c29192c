import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import { StorageError } from './object-store.ts';

/** The holder of a lease. */
const leaseHolderSchema = z.object({
  /** For people: `user@host`. */
  by: z.string().min(1),
  /** The machine whose processes can check whether `pid` is alive. */
  machine: z.string(),
  pid: z.int().positive(),
  /** Start time of the process as its system reports it, or empty; needed because pids are reused. */
  birth: z.string(),
});

export type LeaseHolder = z.infer<typeof leaseHolderSchema>;

const leaseRecordSchema = z.object({
  holder: leaseHolderSchema,
  /** Identifies one acquisition. */
  token: z.string().min(1),
  /** A fencing token: it grows by one with each acquisition. */
  fence: z.int().positive(),
  acquiredAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  released: z.boolean(),
});

/** A lease as it is stored. It remains after release, so that the fencing token keeps growing. */
export type LeaseRecord = z.infer<typeof leaseRecordSchema>;

/** @throws StorageError if the text is not a lease */
export function parseLease(text: string, path: string): LeaseRecord {
  try {
    return leaseRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    const what = `${path} is not a lease; remove it if no run is using it: ${messageOf(error)}`;
    throw new StorageError(what, { cause: error });
  }
}

export function formatLease(record: LeaseRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/** A sentence for people: who holds the lease and until when. */
export function describeLease({ holder, acquiredAt, expiresAt }: LeaseRecord): string {
  return (
    `${holder.by}, process ${holder.pid}, has held it since ${acquiredAt} and holds it until ${expiresAt}, ` +
    'or longer while that process keeps running'
  );
}
