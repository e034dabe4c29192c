import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../support/fakes/deferred.ts';
import { HeldManager } from '../../support/fakes/held-manager.ts';

let held: HeldManager;
beforeEach(() => {
  held = new HeldManager();
});

describe('the version before', () => {
  beforeEach(async () => {
    held.roomForPrevious = true;
    await held.serve(1);
    await held.serve(2);
  });

  it('stays loaded if there is room, and is swapped back without a load', async () => {
    expect(held.manager.status).toMatchObject({ standby: 1 });
    expect(held.disposed).toEqual([]);
    held.want(1);
    expect(held.loads).toHaveLength(2);
    expect(held.servingVersion).toBe(1);
    expect(held.manager.status).toMatchObject({
      state: 'serving',
      standby: 2,
      desired: { version: 1 },
    });
    expect(await held.swaps()).toEqual({ ok: 3 });
    await settle();
    expect(held.disposed).toEqual([]);
  });

  it('is no longer lent, and its borrowers may return it later', async () => {
    held.want(1);
    const borrowed = held.manager.borrow();
    held.want(2);
    expect(held.manager.borrow().model.manifest.version).toBe(2);
    expect(borrowed.model.manifest.version).toBe(1);
    borrowed.release();
    await settle();
    expect(held.disposed).toEqual([]);
  });

  it('makes room for a newer one', async () => {
    await held.serve(3);
    expect(held.manager.status.standby).toBe(2);
    await settle();
    expect(held.disposed).toEqual([1]);
    expect(held.inUse).toEqual([[1], [1, 2], [2, 3]]);
  });

  it('is disposed with the next swap if there is no room any more', async () => {
    held.roomForPrevious = false;
    await held.serve(3);
    await settle();
    expect(held.manager.status.standby).toBeUndefined();
    expect(held.disposed.toSorted()).toEqual([1, 2]);
  });

  it('is disposed when the manager closes', async () => {
    await held.manager.close();
    expect(held.disposed.toSorted()).toEqual([1, 2]);
  });
});

describe('a fault that lasts', () => {
  it('is one line in the log, and another fault another', async () => {
    held.want(1);
    for (const [index, reason] of ['checksum', 'checksum', 'too large'].entries()) {
      await held.loads[index]!.fail(reason);
      await held.clock.advance(3000);
    }
    expect(held.log.logged('error')).toEqual(['load failed', 'load failed']);
  });
});
