import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineUnavailableError } from '../../../src/inference/engine/engine.ts';
import { WorkerEngine } from '../../../src/inference/engine/worker-engine.ts';
import { tinyAnswers, tinyPixels, writeTinyNetwork } from '../../support/models/tiny-network.ts';

const settings = { engine: 'tensorflow', device: 'cpu', threads: 0 } as const;
const engine = await WorkerEngine.start(settings).catch((error: unknown) => {
  if (error instanceof EngineUnavailableError) return undefined;
  throw error;
});
const skipped = engine === undefined ? ' (skipped: native TensorFlow is not installed)' : '';

afterAll(() => engine?.close());

describe.skipIf(engine === undefined)(`tensorflow in its worker thread${skipped}`, () => {
  it('stays on the CPU with DEVICE=cpu and answers what the network computes', async () => {
    expect(engine!.device).toBe('cpu');
    const artifact = await writeTinyNetwork();
    const model = await engine!.load(artifact);
    const expected = tinyAnswers(tinyPixels(3));
    const output = await model.run(tinyPixels(3), 3);
    expected.forEach((value, index) => expect(output[index]).toBeCloseTo(value, 5));
    await rm(artifact.directory, { recursive: true });
  });

  it('lets the process exit cleanly although no network ever ran', async () => {
    const script = `
      import { WorkerEngine } from './src/inference/engine/worker-engine.ts';
      const engine = await WorkerEngine.start(${JSON.stringify(settings)});
      await engine.close();
      process.exitCode = 7;`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(await once(child, 'close')).toEqual([7, null]);
  });
});
