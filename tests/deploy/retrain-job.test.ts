import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { retrainCommand, type RetrainRequest } from '../../src/cli/commands/retrain.ts';
import {
  exitCodeOf,
  retrainExitCodes,
  retrainOutcomes,
} from '../../src/registry/retrain-record.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'face-age-job-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The job's command, with a fake `node` in place of the retraining. */
async function startJob(retraining: string) {
  await writeFile(join(folder, 'node'), `#!/bin/sh\n${retraining}\n`, { mode: 0o755 });
  const [program, ...args] = await commandOf();
  const PATH = [folder, process.env.PATH].join(delimiter);
  const child = spawn(program!, args, { env: { PATH }, stdio: ['ignore', 'pipe', 'ignore'] });
  return { child, ended: once(child, 'close') as Promise<[number | null]> };
}

async function commandOf(): Promise<string[]> {
  const file = await readFile('deploy/kubernetes/retrain/cron-job.yaml', 'utf8');
  const [, command] = /command: (\[.*\])$/m.exec(file)!;
  return z.array(z.string()).parse(parse(command!));
}

describe('the retrain job', () => {
  it.each(retrainOutcomes)('%s fails the job only if something went wrong', (outcome) => {
    const isFailure = ['failed', 'usage', 'interrupted'].includes(outcome);
    expect(exitCodeOf(outcome, true)).toBe(isFailure ? retrainExitCodes[outcome] : 0);
    expect(exitCodeOf(outcome, false)).toBe(retrainExitCodes[outcome]);
  });

  it('passes only existing options to the command', async () => {
    const options = (await commandOf()).filter((word) => word === '--as-job');
    expect(options).toEqual(['--as-job']);
    let request: RetrainRequest | undefined;
    const run = (given: RetrainRequest) => Promise.resolve(void (request = given));
    await retrainCommand(run).parseAsync([...options, '--data', 'photos'], { from: 'user' });
    expect(request).toMatchObject({
      asJob: true,
      options: { sources: [{ data: 'photos', weight: 1 }] },
    });
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
