import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadModel } from '../../../src/registry/loading/loaded-model.ts';
import { FakeEngine } from '../../support/fakes/fake-engine.ts';
import {
  AGES,
  SIDE,
  exampleContent,
  exampleManifest,
  fileEntry,
} from '../../support/models/example-manifest.ts';
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
