import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { currentHolder, hasEnded } from '../../../src/learning/retrain/lease-holder.ts';

describe('the holder of a lease', () => {
  const here = currentHolder('me@here');

  it('has not ended while its process is alive', () => {
    expect(hasEnded(here)).toBe(false);
  });

  it('has ended when its process has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    expect(hasEnded({ ...here, pid: child.pid! })).toBe(true);
  });

  it('has ended when another process has reused its process id', () => {
    expect(hasEnded({ ...here, birth: 'earlier' })).toBe(true);
  });

  it('is assumed to be alive on another machine or in another container', () => {
    expect(hasEnded({ ...here, machine: 'elsewhere', birth: 'earlier' })).toBe(false);
  });
});
