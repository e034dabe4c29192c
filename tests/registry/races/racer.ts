/** One of several processes that race to change a registry; its parent says when each race starts. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../../src/common/config/config.ts';
import { messageOf } from '../../../src/common/errors.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { registryOf } from '../../../src/registry/open-registry.ts';
import { AliasMovedError, promote } from '../../../src/registry/promotion.ts';

/** Parent → racer. */
export type RaceStart =
  { kind: 'publish' } | { kind: 'promote'; version: number; expect: number | undefined };

/** Racer → parent. */
export type RaceResult =
  { kind: 'version'; version: number } | { kind: 'lost' } | { kind: 'failed'; reason: string };

const NAME = 'face-age';
const FILE_BYTES = 50_000;

const registry = registryOf(readConfig());
const shipped = new FileRegistry('models');
const alias = await shipped.readAlias(NAME, 'production');
const manifest = { ...(await shipped.readManifest(NAME, alias!.version)), int8: undefined };

async function race(start: RaceStart): Promise<RaceResult> {
  try {
    return { kind: 'version', version: await run(start) };
  } catch (error) {
    if (error instanceof AliasMovedError) return { kind: 'lost' };
    return { kind: 'failed', reason: messageOf(error) };
  }
}

async function run(start: RaceStart): Promise<number> {
  if (start.kind === 'publish') {
    const files = new Map([['model.onnx', randomBytes(FILE_BYTES)]]);
    return registry.publish({ name: NAME, at: () => Promise.resolve({ manifest, files }) });
  }
  const { version, expect } = start;
  const move = { model: NAME, alias: 'production', expect, by: `${process.pid}`, reason: 'race' };
  return (await promote(registry, version, move)).version;
}

process.on('message', (start: RaceStart) => {
  void race(start).then((result) => process.send!(result));
});
process.send!('ready');
