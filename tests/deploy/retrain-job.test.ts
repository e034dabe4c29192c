import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { retrainExitCodes } from '../../src/retrain/retrain-outcome.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'face-age-job-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The job's own command, with a program for `node` that stands in for the retraining. */
async function startJob(retraining: string) {
  await writeFile(join(folder, 'node'), `#!/bin/sh\n${retraining}\n`, { mode: 0o755 });
  const file = await readFile('deploy/kubernetes/retrain/cron-job.yaml', 'utf8');
  const command = /command:\n([^]*?)\n {14}envFrom/.exec(file)![1]!;
  const [shell, ...args] = z.array(z.string()).parse(parse(command));
  const PATH = [folder, process.env.PATH].join(delimiter);
  const child = spawn(shell!, args, { env: { PATH }, stdio: ['ignore', 'pipe', 'ignore'] });
  return { child, ended: once(child, 'close') as Promise<[number | null]> };
}

describe('the retrain job', () => {
  it.each(Object.entries(retrainExitCodes))('%s: %i', async (outcome, status) => {
    const [code] = await (await startJob(`exit ${status}`)).ended;
    const isFailure = ['failed', 'usage', 'interrupted'].includes(outcome);
    expect(code).toBe(isFailure ? status : 0);
  });

  it('passes SIGTERM on and waits for the checkpoint', async () => {
    const written = join(folder, 'checkpoint');
    const { child, ended } = await startJob(
      `trap ': > ${written}; kill $!; exit 130' TERM; sleep 60 & echo ready; wait`,
    );
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code] = await ended;
    expect(code).toBe(130);
    expect(await readFile(written, 'utf8')).toBe('');
  });
});
