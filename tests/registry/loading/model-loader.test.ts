import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createModelLoader,
  type ModelLoaderOptions,
} from '../../../src/registry/loading/model-loader.ts';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import {
  AGES,
  SIDE,
  exampleContent,
  exampleManifest,
  fileEntry,
} from '../../support/models/example-manifest.ts';
import { FakeEngine } from '../../support/fakes/fake-engine.ts';
import { int8Form, writeInt8Version } from '../../support/models/int8-version.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';
import type { LoadModel } from '../../../src/registry/loading/loaded-model.ts';

let folder: ModelFolder;
let engine: FakeEngine;
let load: LoadModel;
const desired = { alias: 'production', version: 1 };
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await createModelFolder();
  engine = new FakeEngine();
  load = loaderOf({});
});
afterEach(() => folder.remove());

function loaderOf(options: Partial<ModelLoaderOptions>): LoadModel {
  return createModelLoader({
    registry: new FileRegistry(folder.root),
    modelName: 'face-age',
    engine,
    batching: { maxSize: 6, maxWaitMs: 0, queueMaxImages: 32 },
    metrics: createMetrics(),
    ...options,
  });
}

async function expectFailure(reason: RegExp): Promise<void> {
  await expect(load(desired, never)).rejects.toThrow(reason);
  for (const { disposals } of engine.networks) expect(disposals).toBe(1);
}

describe('loading a version', () => {
  it('does not need its report or its training photos', async () => {
    const [report, photos] = ['report.html', 'training-photos.bin'].map((file) =>
      fileEntry(file, exampleContent),
    );
    const { files } = exampleManifest();
    const roles = [
      { ...report!, role: 'report' as const },
      { ...photos!, role: 'train' as const },
    ];
    await folder.writeVersion(1, { files: [...files, ...roles] });
    await (await load(desired, never)).dispose();
    await folder.writeVersion(1, { files: [...files, report!] });
    await expectFailure(/report\.html cannot be read/);
  });

  it('verifies it and warms up every batch size that will run', async () => {
    await folder.writeVersion(1);
    const model = await load(desired, never);
    expect(engine.networks[0]!.artifact).toMatchObject({
      width: SIDE,
      height: SIDE,
      outputLength: AGES,
    });
    expect(engine.networks[0]!.batches).toEqual([1, 1, 2, 3, 4, 5, 6]);
    expect(model).toMatchObject({
      engine: { name: 'onnxruntime', device: 'cpu' },
      manifest: { version: 1 },
    });
    await model.dispose();
    expect(engine.networks[0]!.disposals).toBe(1);
  });

  it('gives equal content the same digest and different content another', async () => {
    const { files } = await folder.writeVersion(1);
    await folder.writeVersion(2, { createdAt: '2025-01-01T00:00:00Z' });
    await folder.writeVersion(3, { files: [files[0]!, { ...files[0]!, path: 'other.txt' }] });
    await folder.write('3/other.txt', 'not really a network');
    const digests = await Promise.all(
      [1, 2, 3].map(async (version) => (await load({ ...desired, version }, never)).digest),
    );
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it('refuses a version that does not exist', () => expectFailure(/manifest\.json does not exist/));

  it('refuses a file of another size', async () => {
    await folder.writeVersion(1);
    await folder.write('1/model.onnx', 'short');
    await expectFailure(/model\.onnx has 5 bytes, the manifest says 20/);
  });

  it('refuses a file with different content', async () => {
    await folder.writeVersion(1);
    await folder.write('1/model.onnx', 'NOT really a network');
    await expectFailure(/model\.onnx has SHA-256/);
  });

  it('refuses a version with a file missing', async () => {
    const { files } = await folder.writeVersion(1);
    await folder.writeVersion(1, { files: [...files, { ...files[0]!, path: 'weights.bin' }] });
    await expectFailure(/weights\.bin cannot be read/);
  });

  it('refuses a version that does not run on the engine in use', async () => {
    await folder.writeVersion(1, { engines: ['tensorflow'] });
    await expectFailure(/tensorflow, not on the engine in use, onnxruntime/);
  });

  it.each([
    ['differs by more than its tolerance', 1.1e-4, /sample 0 differs/],
    ['is not a number', NaN, /sample 0 differs/],
  ])('refuses a network whose output for a golden sample %s', async (_how, error, reason) => {
    await folder.writeVersion(1);
    const run = engine.load.bind(engine);
    engine.load = async (artifact) => {
      const network = await run(artifact);
      const right = network.run.bind(network);
      network.run = async (pixels, count) =>
        (await right(pixels, count)).map((p, index) => (index === 7 ? p + error : p));
      return network;
    };
    await expectFailure(reason);
  });

  it('accepts an output within the tolerance', async () => {
    const { golden } = exampleManifest();
    const output = golden[0]!.output.with(0, 0.9e-4);
    await folder.writeVersion(1, { golden: [{ ...golden[0]!, output }] });
    await expect(load(desired, never)).resolves.toBeDefined();
  });

  it('refuses golden samples of another shape', async () => {
    const { golden } = exampleManifest();
    await folder.writeVersion(1, { golden: [{ ...golden[0]!, output: [1] }] });
    await expectFailure(/1 outputs/);
  });

  it('stops between two steps when it is overtaken, and leaves nothing behind', async () => {
    await folder.writeVersion(1);
    const overtaken = new AbortController();
    engine.beforeRun = () => {
      if (engine.networks[0]!.batches.length === 2) overtaken.abort();
      return Promise.resolve();
    };
    await expect(load(desired, overtaken.signal)).rejects.toThrow('aborted');
    expect(engine.networks[0]).toMatchObject({ batches: [1, 1], disposals: 1 });
  });
});

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
    return loaderOf({ cpu, clock, ...options });
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
    const model = await loaderOf({ cpu, engine: raced })(desired, never);
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
    load = loaderOf({ cpu, precision: 'int8' });
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
    load = loaderOf({ cpu, precision: 'int8' });
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
