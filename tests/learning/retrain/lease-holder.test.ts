import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { holderHere, isGoneHere } from '../../../src/learning/retrain/lease-holder.ts';

describe('the holder of a lease', () => {
  const here = holderHere('me@here');

  it('is there while its process lives', () => {
    expect(isGoneHere(here)).toBe(false);
  });

  it('is gone when its process has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    expect(isGoneHere({ ...here, pid: child.pid! })).toBe(true);
  });

  it('is gone when another process has got its number', () => {
    expect(isGoneHere({ ...here, birth: 'earlier' })).toBe(true);
  });

  it('counts as there where it cannot be seen: on another machine, in another container', () => {
    expect(isGoneHere({ ...here, machine: 'elsewhere', birth: 'earlier' })).toBe(false);
  });
});
