import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentHolder } from '../../../src/learning/retrain/lease-holder.ts';
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
  const renewer = await LeaseRenewer.acquire({ store, key, holder: currentHolder(name), ttlMs });
  renewers.push(renewer);
  return renewer;
}

async function recordNow() {
  return parseLease(await readFile(path.join(folder, key), 'utf8'), key);
}

/** Replaces the lease, as a process does that finds it expired. */
async function takeOver(): Promise<void> {
  const record = await recordNow();
  const holder = { ...record.holder, by: 'thief' };
  await new FolderStore(folder).put(key, formatLease({ ...record, holder, token: 'other' }));
}

describe('LeaseRenewer', () => {
  it('keeps others out, names the holder, and frees the lease on release', async () => {
    const first = await acquire('first');
    await first.confirm();
    const refused = acquire('second');
    await expect(refused).rejects.toThrow(LeaseHeldError);
    await expect(refused).rejects.toThrow(`first, process ${process.pid}`);
    await first.release();
    await acquire('second');
  });

  it('renews the lease while the main thread is busy', async () => {
    await acquire('first', 2000);
    const untilMs = performance.now() + 3000;
    while (performance.now() < untilMs);
    expect(Date.parse((await recordNow()).expiresAt)).toBeGreaterThan(Date.now());
  });

  it('reports a lost lease without a request and confirms nothing afterwards', async () => {
    const renewer = await acquire('first', 400);
    await takeOver();
    await once(renewer.lost, 'abort');
    await expect(renewer.confirm()).rejects.toThrow(LeaseLostError);
    await expect(renewer.confirm()).rejects.toThrow(/lost: thief/);
  });

  it('detects a lost lease when it confirms', async () => {
    const renewer = await acquire('first');
    await takeOver();
    await expect(renewer.confirm()).rejects.toThrow(LeaseLostError);
    expect(renewer.lost.aborted).toBe(true);
  });

  it('reports a failure of the store', async () => {
    const store = { location: path.join(folder, 'file/below'), s3: s3Defaults };
    await new FolderStore(folder).put('file', Buffer.from(''));
    const holder = currentHolder('first');
    await expect(LeaseRenewer.acquire({ store, key, holder, ttlMs: 1000 })).rejects.toThrow(
      /ENOTDIR/,
    );
  });
});
