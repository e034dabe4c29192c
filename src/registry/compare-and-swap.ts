import { backOffMs } from '../common/back-off.ts';
import { sleep } from '../common/clock.ts';
import type { RegistryStore } from './registry-store.ts';
import { RegistryError } from './registry.ts';
import { PreconditionFailedError, type ConditionalRead } from './store/object-store.ts';

/** How many conflicting writes a change tolerates before it gives up. */
const MAX_LOST_RACES = 20;
/** Full jitter, so that conflicting writers do not conflict again. Before the nth retry, 0 to 25 × 2ⁿ ms and at most 1 s. */
const RACE_BACK_OFF = { minMs: 25, maxMs: 500, jitter: 1 };

/** How a document is parsed and formatted. Both functions throw RegistryError if it is not valid. */
export interface DocumentFormat<Document> {
  parse: (text: string, path: string) => Document;
  format: (document: Document, path: string) => Buffer;
}

/** Which document to change, and how; `change` receives undefined if there is no document yet. */
export interface DocumentChange<Document> extends DocumentFormat<Document> {
  key: string;
  change: (current: Document | undefined) => Document;
}

/**
 * Changes a small document by compare-and-swap: if another writer changed it in between, `change` is called again with
 * the newer document. If `change` throws, nothing is written and the error is rethrown.
 * @returns the document as written
 * @throws RegistryError if the store fails, the document is not valid, or other writers keep changing it
 */
export async function changeDocument<Document>(
  store: RegistryStore,
  change: DocumentChange<Document>,
): Promise<Document> {
  for (let lost = 0; lost < MAX_LOST_RACES; lost++) {
    if (lost > 0) await sleep(backOffMs(lost, RACE_BACK_OFF));
    const written = await tryChange(store, change);
    if (written !== undefined) return written.document;
  }
  throw new RegistryError(
    `${store.pathOf(change.key)} was changed by others ${MAX_LOST_RACES} times in a row; this change was not made, try again`,
  );
}

/** Undefined if another writer changed the document in between. */
function tryChange<Document>(
  registryStore: RegistryStore,
  { key, change, format, parse }: DocumentChange<Document>,
): Promise<{ document: Document } | undefined> {
  const path = registryStore.pathOf(key);
  return registryStore.ask(async (store) => {
    const found = await store.readIfChanged(key);
    const document = change(parseFound({ parse }, found, path));
    const content = format(document, path);
    const isNew = found.outcome !== 'found';
    try {
      await store.put(key, content, isNew ? { ifAbsent: true } : { ifMatch: found.etag });
      return { document };
    } catch (error) {
      if (error instanceof PreconditionFailedError) return undefined;
      throw error;
    }
  });
}

/**
 * Parses the document that a read found; undefined if there is none.
 * @throws RegistryError if it is not valid
 */
export function parseFound<Document>(
  { parse }: Pick<DocumentFormat<Document>, 'parse'>,
  found: ConditionalRead,
  path: string,
): Document | undefined {
  if (found.outcome !== 'found') return undefined;
  return parse(found.bytes.toString('utf8'), path);
}
