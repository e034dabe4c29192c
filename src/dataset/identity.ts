import { hash } from 'node:crypto';
import type { ObjectStore, StoredObject } from '../registry/store/object-store.ts';

/** Bytes of an identity: enough that a million of them do not collide. */
export const IDENTITY_BYTES = 16;

/**
 * Names one state of one file without reading it, by its name, size and stamp: what was computed from the file
 * stays true as long as its identity does. One character per byte, which is the leanest a Map can hold.
 */
export function identityOf({ key, bytes, stamp }: StoredObject): string {
  return hash('sha256', `${key}\0${bytes}\0${stamp}`, 'buffer').toString(
    'latin1',
    0,
    IDENTITY_BYTES,
  );
}

/** The identity of every file of a store by its key. */
export async function listIdentities(store: ObjectStore): Promise<Map<string, string>> {
  const identities = new Map<string, string>();
  for await (const object of store.list()) identities.set(object.key, identityOf(object));
  return identities;
}
