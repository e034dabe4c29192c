import { expect, it } from 'vitest';
import { Cancellation } from '../../src/common/cancellation.ts';
import { Semaphore } from '../../src/common/semaphore.ts';
import { settle } from '../support/fakes/deferred.ts';

it('gives as many places as it has, then in the order of arrival', async () => {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  const take = async (name: string): Promise<() => void> => {
    const release = await semaphore.acquire();
    order.push(name);
    return release;
  };
  const releaseA = await take('a');
  await take('b');
  const waiting = [take('c'), take('d')];
  await settle();
  expect(order).toEqual(['a', 'b']);
  releaseA();
  (await waiting[0]!)();
  await waiting[1];
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

it('lets a caller that no longer waits leave, and gives its place to the next', async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  const canceled = new Cancellation();
  const first = semaphore.acquire(canceled);
  const second = semaphore.acquire();
  canceled.abort(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  release();
  (await second)();
  await expect(semaphore.acquire(canceled)).rejects.toThrow('gone');
  await semaphore.acquire();
});
