import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import { StorageError } from './object-store.ts';

/** Who holds a lease. */
const leaseHolderSchema = z.object({
  /** For people: `user@host`. */
  by: z.string().min(1),
  /** Where the process number means this process, and others can look whether it lives. */
  machine: z.string(),
  pid: z.int().positive(),
  /** When the process began, as its system tells it, or nothing: process numbers are given again. */
  birth: z.string(),
});

export type LeaseHolder = z.infer<typeof leaseHolderSchema>;

const leaseRecordSchema = z.object({
  holder: leaseHolderSchema,
  /** Of one acquisition. */
  token: z.string().min(1),
  /** One more with each acquisition. */
  fence: z.int().positive(),
  acquiredAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  released: z.boolean(),
});

/** A lease as it is stored. It stays when it is let go, so that the fence goes on growing. */
export type LeaseRecord = z.infer<typeof leaseRecordSchema>;

/** @throws StorageError where it is no lease */
export function parseLease(text: string, path: string): LeaseRecord {
  try {
    return leaseRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    const what = `${path} is no lease; remove it if nobody works under it: ${messageOf(error)}`;
    throw new StorageError(what, { cause: error });
  }
}

export function formatLease(record: LeaseRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/** For people: who holds it and until when. */
export function describeLease({ holder, acquiredAt, expiresAt }: LeaseRecord): string {
  return (
    `${holder.by}, process ${holder.pid}, has it since ${acquiredAt} and until ${expiresAt}, ` +
    'longer while that process goes on'
  );
}
