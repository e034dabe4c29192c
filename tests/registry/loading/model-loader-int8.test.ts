import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelLoaderOptions } from '../../../src/registry/loading/model-loader.ts';
import type { LoadModel } from '../../../src/registry/loading/loaded-model.ts';
import { FakeEngine } from '../../support/fakes/fake-engine.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { AGES } from '../../support/models/example-manifest.ts';
import { int8Form, writeInt8Version } from '../../support/models/int8-version.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';
import { createTestLoader } from '../../support/models/test-loader.ts';

let folder: ModelFolder;
let engine: FakeEngine;
let load: LoadModel;
const desired = { alias: 'production', version: 1 };
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await createModelFolder();
  engine = new FakeEngine();
  load = createTestLoader(folder, engine);
});
afterEach(() => folder.remove());

async function expectFailure(reason: RegExp): Promise<void> {
  await expect(load(desired, never)).rejects.toThrow(reason);
  for (const { disposals } of engine.networks) expect(disposals).toBe(1);
}

describe('loading a version that has an 8-bit form', () => {
  const cpu = { integerDotProduct: 'yes' } as const;

  /** An engine whose networks take a given time per batch, by precision. */
  function timedLoader(fp32Ms: number, int8Ms: number, options: Partial<ModelLoaderOptions> = {}) {
    const clock = new ManualClock();
    const loadPlain = engine.load.bind(engine);
    engine.load = async (artifact) => {
      const network = await loadPlain(artifact);
      const run = network.run.bind(network);
      network.run = async (pixels, count) => {
        await clock.advance(artifact.precision === 'int8' ? int8Ms : fp32Ms);
        return run(pixels, count);
      };
      return network;
    };
    return createTestLoader(folder, engine, { cpu, clock, ...options });
  }

  const precisionsOf = () => engine.networks.map(({ artifact }) => artifact.precision);

  it('serves in 8 bits if they are faster, and disposes of the 32-bit network', async () => {
    await writeInt8Version(folder, 1);
    const model = await timedLoader(12, 6)(desired, never);
    expect(model.precision).toEqual({
      precision: 'int8',
      reason: '1.00 ms a photo in 8 bits, 2.00 ms in 32; MAE +0.010 years',
    });
    expect(precisionsOf()).toEqual(['fp32', 'int8', 'int8']);
    expect(engine.networks.map(({ disposals }) => disposals)).toEqual([1, 1, 0]);
    expect(engine.networks[2]!.batches.slice(-6)).toEqual([1, 2, 3, 4, 5, 6]);
    await model.dispose();
    expect(engine.networks[2]!.disposals).toBe(1);
  });

  it('serves in 32 bits if 8 bits are not faster', async () => {
    await writeInt8Version(folder, 1);
    const model = await timedLoader(6, 6)(desired, never);
    expect(model.precision).toMatchObject({ precision: 'fp32' });
    expect(precisionsOf()).toEqual(['fp32', 'int8', 'fp32']);
    expect(engine.networks.map(({ disposals }) => disposals)).toEqual([1, 1, 0]);
  });

  it('times both on one instance of the engine, and loads only the faster one into all', async () => {
    await writeInt8Version(folder, 1);
    const trial = new FakeEngine();
    const raced = Object.assign(engine, { trial });
    const model = await createTestLoader(folder, engine, { cpu, engine: raced })(desired, never);
    expect(trial.networks.map(({ artifact }) => artifact.precision)).toEqual(['fp32', 'int8']);
    expect(trial.networks.map(({ disposals }) => disposals)).toEqual([1, 1]);
    expect(precisionsOf()).toEqual([model.precision.precision]);
  });

  it('does not even load the 8-bit graph on a CPU without VNNI', async () => {
    await writeInt8Version(folder, 1);
    await timedLoader(12, 6, { cpu: { integerDotProduct: 'no' } })(desired, never);
    expect(precisionsOf()).toEqual(['fp32']);
  });

  it.each(['fp32', 'int8'] as const)('loads only %s if that is set', async (precision) => {
    await writeInt8Version(folder, 1);
    const model = await timedLoader(12, 6, { precision })(desired, never);
    expect(precisionsOf()).toEqual([precision]);
    expect(model.precision).toEqual({ precision, reason: `PRECISION=${precision}` });
  });

  it('refuses PRECISION=int8 for a version without an 8-bit form', async () => {
    await folder.writeVersion(1);
    load = createTestLoader(folder, engine, { cpu, precision: 'int8' });
    await expectFailure(/PRECISION=int8, but version 1 has no 8-bit graph; use PRECISION=auto/);
  });

  const wrong = int8Form({
    golden: [{ output: Array.from({ length: AGES }, () => 1 / AGES), tolerance: 1e-3 }],
  });

  it('serves in 32 bits if the 8-bit graph does not reproduce its outputs, and says why', async () => {
    await writeInt8Version(folder, 1, wrong);
    const model = await timedLoader(12, 6)(desired, never);
    expect(model.precision).toEqual({
      precision: 'fp32',
      reason: expect.stringMatching(/golden sample 0 differs by .* in 8 bits/) as string,
    });
    expect(precisionsOf()).toEqual(['fp32', 'int8', 'fp32']);
    expect(engine.networks.map(({ disposals }) => disposals)).toEqual([1, 1, 0]);
  });

  it('refuses such a graph with PRECISION=int8', async () => {
    await writeInt8Version(folder, 1, wrong);
    load = createTestLoader(folder, engine, { cpu, precision: 'int8' });
    await expectFailure(/golden sample 0 differs by .* in 8 bits/);
  });

  it('stops between two timing runs when it is overtaken, and leaves nothing behind', async () => {
    await writeInt8Version(folder, 1);
    const overtaken = new AbortController();
    engine.beforeRun = () => {
      if (engine.networks[1]?.batches.length === 3) overtaken.abort();
      return Promise.resolve();
    };
    await expect(timedLoader(12, 6)(desired, overtaken.signal)).rejects.toThrow('aborted');
    expect(engine.networks.map(({ disposals }) => disposals)).toEqual([1, 1]);
  });
});
