import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { IDENTITY_BYTES } from './identity.ts';

export const HASH_BYTES = 32;

const indexSchema = z.strictObject({
  count: z.int().positive(),
  /** Base64 of `count` identities. */
  identities: z.string(),
  /** Base64 of `count` SHA-256 hashes of the files; zeros where a file has no pixels here. */
  hashes: z.string(),
  /** By row: why the file at this identity cannot be decoded. Rows with neither hash nor reason are empty. */
  undecodable: z.record(z.string().regex(/^\d+$/), z.string()),
});

/** What the rows of a shard are. */
export interface ShardIndex {
  count: number;
  /** count × IDENTITY_BYTES */
  identities: Buffer;
  /** count × HASH_BYTES */
  hashes: Buffer;
  undecodable: Map<number, string>;
}

export function emptyIndex(identities: readonly string[]): ShardIndex {
  return {
    count: identities.length,
    identities: Buffer.from(identities.join(''), 'latin1'),
    hashes: Buffer.alloc(identities.length * HASH_BYTES),
    undecodable: new Map(),
  };
}

export function serialiseShardIndex(index: ShardIndex): string {
  const document: z.infer<typeof indexSchema> = {
    count: index.count,
    identities: index.identities.toString('base64'),
    hashes: index.hashes.toString('base64'),
    undecodable: Object.fromEntries(index.undecodable),
  };
  return JSON.stringify(document);
}

/** @throws Error where it is not an index, or of other lengths than it says */
export async function readShardIndex(file: string): Promise<ShardIndex> {
  const { count, identities, hashes, undecodable } = indexSchema.parse(
    JSON.parse(await readFile(file, 'utf8')),
  );
  return {
    count,
    identities: decode(identities, count * IDENTITY_BYTES),
    hashes: decode(hashes, count * HASH_BYTES),
    undecodable: new Map(Object.entries(undecodable).map(([row, why]) => [Number(row), why])),
  };
}

function decode(base64: string, length: number): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === length) return bytes;
  throw new Error(`${bytes.length} bytes where ${length} are expected`);
}
