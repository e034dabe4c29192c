import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawFaceRgb } from '../../src/drawing/draw-face.ts';
import { interleave, rec601Luma } from '../../src/inference/preprocess/picture.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import { useCommandRegistries } from '../support/command-registries.ts';
import { exampleManifest } from '../support/models/example-manifest.ts';
import { foreignGraph, weightBytes } from '../support/models/foreign-graph.ts';
import { endlessLoad, hostileGraph, hugeTensor } from '../support/models/hostile-graphs.ts';
import { twoOutputGraph } from '../support/models/two-output-graph.ts';
import { encoder } from '../support/pictures.ts';
import { startService } from '../support/service-process.ts';

const at = useCommandRegistries();
const { run, json, versionFolder } = at;

interface Answer {
  predictions: { face: unknown; age: { mean: number } }[];
}

/** Serves version 1: a color photo and its gray levels show the same face, and only the colors change the answer. */
async function expectColorsServed(): Promise<void> {
  await json('promote', '1');
  const cache = path.join(at.target, 'cache');
  const service = startService({ MODEL_REGISTRY: at.target, MODEL_CACHE_DIR: cache });
  try {
    const { address } = await service.untilLogged('listening');
    await service.untilLogged('model serves');
    const answerTo = async (rgb: Uint8Array) => {
      const body = new Uint8Array(
        await encoder({ ...drawn, rgb })
          .png()
          .toBuffer(),
      );
      const headers = { 'Content-Type': 'image/png' };
      const options = { method: 'POST', headers, body };
      const response = await fetch(`${String(address)}/v1/predict`, options);
      return ((await response.json()) as Answer).predictions[0]!;
    };
    const levels = rec601Luma(warm, 3);
    const inColor = await answerTo(warm);
    const inGray = await answerTo(interleave([levels, levels, levels]));
    expect(inColor.face).toEqual(inGray.face);
    expect(inColor.age.mean).not.toBe(inGray.age.mean);
  } finally {
    service.child.kill('SIGKILL');
    await service.ended;
  }
}

const drawn = drawFaceRgb({ age: 34, seed: 1 });
/** The portrait in warm light. */
const warm = drawn.rgb.map((level, channel) => (channel % 3 === 2 ? level >> 1 : level));

describe('import', { timeout: 120_000 }, () => {
  it('publishes an ONNX model of your own, which can then serve', async () => {
    const graph = path.join(versionFolder(1), 'model.onnx');
    const { width, height } = exampleManifest().preprocess;
    const size = ['--size', `${width}x${height}`];
    const imported = await json('import', graph, '--license', 'mine', ...size);
    expect(imported).toMatchObject({ version: 1 });
    await json('promote', '1');
    const { code, printed } = await run('publish', path.join(at.target, 'face-age/1'));
    expect({ code, printed }).toMatchObject({ code: 0 });
  });

  it('publishes a model with a face output, named or behind the ages', async () => {
    const graph = path.join(at.target, 'mine.onnx');
    const given = [graph, '--license', 'mine', '--size', '16x16'];
    const published = async (version: number) =>
      parseManifest(
        await readFile(path.join(at.target, `face-age/${version}/manifest.json`), 'utf8'),
      );
    await writeFile(graph, twoOutputGraph({ side: 16, outputs: 101, form: 'list' }));
    expect(await json('import', ...given, '--face-output', 'is_face')).toMatchObject({
      version: 1,
    });
    const named = await published(1);
    expect(named.face).toEqual({ threshold: 0.5 });
    expect(named.golden[0]!.output).toHaveLength(102);
    await writeFile(graph, await readFile(path.join(at.target, 'face-age/1/model.onnx')));
    const threshold = ['--face-threshold', '0.3'];
    expect(await json('import', ...given, ...threshold)).toMatchObject({ version: 2 });
    const behind = await published(2);
    expect(behind.face).toEqual({ threshold: 0.3 });
    expect(behind.golden).toEqual(named.golden);
    const { code, text } = await run('publish', path.join(at.target, 'face-age/2'));
    expect({ code, text }).toMatchObject({ code: 0 });
  });

  it('adapts a graph that takes channels first and color, outputs logits and keeps its weights beside it', async () => {
    const graph = path.join(at.target, 'torch.onnx');
    const shape = { dims: [1, 3, 16, 16], inputs: 3 * 256, outputs: 101, softmax: false };
    await writeFile(graph, foreignGraph({ ...shape, external: true }));
    const weights = Buffer.concat([Buffer.alloc(16), weightBytes(shape)]);
    await writeFile(path.join(at.target, 'weights.data'), weights);
    const means = ['--mean', '0.485,0.456,0.406', '--std', '0.229,0.224,0.225'];
    const given = [graph, '--license', 'mine', ...means, '--framing', 'aligned'];
    const raw = await run('import', ...given);
    expect(raw.text).toMatch(
      /the output is not a distribution: a row has values from .* add --logits/,
    );
    const imported = await json('import', ...given, '--logits');
    expect(imported).toMatchObject({ version: 1 });
    expect((imported as { notes: string[] }).notes).toEqual([
      'takes along the constants in weights.data',
      'passes RGB instead of gray levels',
      'normalizes each channel by its mean and standard deviation',
      'moves the channels first',
      'frees the first dimension, which the graph states as 1',
      'adds a softmax to the output output',
    ]);
    const { code } = await run('publish', path.join(at.target, 'face-age/1'));
    expect(code).toBe(0);
    await expectColorsServed();
    await writeFile(graph, foreignGraph({ ...shape, fixedReshape: true }));
    const fixed = await run('import', ...given, '--logits');
    expect(fixed.text).toMatch(
      /it cannot run two photos at a time: export it with a free first dimension/,
    );
  });

  it('refuses a mean for gray levels from 0 to 255, and says how to give it', async () => {
    const graph = path.join(versionFolder(1), 'model.onnx');
    const { code, text } = await run('import', graph, '--license', 'mine', '--mean', '127.5');
    expect(text).toMatch(/for \(gray − 127\.5\) \/ 127\.5 both are 0\.5/);
    expect(code).toBe(2);
  });

  it('rejects a face output that the model does not have', async () => {
    const graph = path.join(versionFolder(1), 'mine.onnx');
    await writeFile(graph, twoOutputGraph({ side: 16, outputs: 101 }));
    const given = [graph, '--license', 'mine', '--size', '16x16'];
    for (const [expected, options, why] of [
      [1, ['--face-output', 'smile'], /has no output smile; it has answers, is_face/],
      [1, ['--face-threshold', '0.5'], /returned \d+ values for 1 images, expected 102/],
      [2, ['--face-output', 'is_face', '--face-threshold', '1'], /Give a number between 0 and 1/],
      [2, ['--face-threshold', 'half'], /Give a number/],
    ] as const) {
      const { code, text } = await run('import', ...given, ...options);
      expect(text).toMatch(why);
      expect(code).toBe(expected);
    }
    // The raw sums of pixels are no probabilities.
    await writeFile(graph, twoOutputGraph({ side: 16, outputs: 101, order: ['answers', 'total'] }));
    const { text } = await run('import', ...given, '--face-output', 'total');
    expect(text).toMatch(/cannot be imported: .*not return a valid probability .* is a face/);
    expect(await readdir(at.target)).toEqual([]);
  });

  it('rejects a file or options that do not describe such a model', async () => {
    const graph = path.join(versionFolder(1), 'model.onnx');
    const license = ['--license', 'mine'];
    const manifest = path.join(versionFolder(1), 'manifest.json');
    for (const [expected, given, why] of [
      [2, [graph], /--license/],
      [1, [graph, ...license, '--size', '7x7'], /preprocess|cannot be imported/],
      [2, [graph, ...license, '--size', '7'], /Give it as 120x120/],
      [2, [graph, ...license, '--buckets', '0-20,30-100'], /30-100 does not start at 21/],
      [1, [manifest, ...license], /cannot be imported/],
      [1, ['/nowhere.onnx', ...license], /\/nowhere\.onnx/],
    ] as const) {
      const { code, text } = await run('import', ...given);
      expect(text).toMatch(why);
      expect(code).toBe(expected);
    }
    expect(await readdir(at.target)).toEqual([]);
  });

  it('ends with an error for a graph that never loads or takes gigabytes, and publishes nothing', async () => {
    const graph = path.join(versionFolder(1), 'hostile.onnx');
    for (const hostile of [endlessLoad(), hugeTensor(12e9)]) {
      await writeFile(graph, hostileGraph(120, 101, hostile));
      const { code, text } = await run('import', graph, '--license', 'mine');
      expect(text).toMatch(/cannot be imported: .*(?:memory|longer than)/);
      expect(code).toBe(1);
    }
    expect(await readdir(at.target)).toEqual([]);
  });
});
