import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderHere } from '../../../src/learning/retrain/lease-holder.ts';
import { LeaseRenewer } from '../../../src/learning/retrain/lease-renewer.ts';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { LeaseHeldError, LeaseLostError } from '../../../src/registry/store/lease.ts';
import { formatLease, parseLease } from '../../../src/registry/store/lease-record.ts';
import { s3Defaults } from '../../support/s3-defaults.ts';

const key = 'face-age/leases/retrain.json';
let folder: string;
const renewers: LeaseRenewer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lease-'));
});
afterEach(async () => {
  for (const renewer of renewers.splice(0)) await renewer.release();
  await rm(folder, { recursive: true });
});

async function acquire(name: string, ttlMs = 60_000): Promise<LeaseRenewer> {
  const store = { location: folder, s3: s3Defaults };
  const renewer = await LeaseRenewer.acquire({ store, key, holder: holderHere(name), ttlMs });
  renewers.push(renewer);
  return renewer;
}

async function recordNow() {
  return parseLease(await readFile(path.join(folder, key), 'utf8'), key);
}

/** As one does who found the lease expired. */
async function takeByForce(): Promise<void> {
  const record = await recordNow();
  const holder = { ...record.holder, by: 'thief' };
  await new FolderStore(folder).put(key, formatLease({ ...record, holder, token: 'other' }));
}

describe('a lease that a thread keeps', () => {
  it('is refused to others, told who has it, and free when it is let go', async () => {
    const first = await acquire('first');
    await first.confirm();
    const refused = acquire('second');
    await expect(refused).rejects.toThrow(LeaseHeldError);
    await expect(refused).rejects.toThrow(`first, process ${process.pid}`);
    await first.release();
    await acquire('second');
  });

  it('is renewed while the main thread is busy', async () => {
    await acquire('first', 2000);
    const untilMs = performance.now() + 3000;
    while (performance.now() < untilMs);
    expect(Date.parse((await recordNow()).expiresAt)).toBeGreaterThan(Date.now());
  });

  it('tells at once that it was lost, and confirms nothing more', async () => {
    const renewer = await acquire('first', 400);
    await takeByForce();
    await once(renewer.lost, 'abort');
    await expect(renewer.confirm()).rejects.toThrow(LeaseLostError);
    await expect(renewer.confirm()).rejects.toThrow(/lost: thief/);
  });

  it('finds out that it was lost when it is asked', async () => {
    const renewer = await acquire('first');
    await takeByForce();
    await expect(renewer.confirm()).rejects.toThrow(LeaseLostError);
    expect(renewer.lost.aborted).toBe(true);
  });

  it('tells of a store that does not answer', async () => {
    const store = { location: path.join(folder, 'file/below'), s3: s3Defaults };
    await new FolderStore(folder).put('file', Buffer.from(''));
    const holder = holderHere('first');
    await expect(LeaseRenewer.acquire({ store, key, holder, ttlMs: 1000 })).rejects.toThrow(
      /ENOTDIR/,
    );
  });
});
