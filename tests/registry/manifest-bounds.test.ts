import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { shippedGraphs } from '../../src/registry/loading/verified-graphs.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import { AGES, exampleManifest } from '../support/models/example-manifest.ts';
import { int8Form } from '../support/models/int8-version.ts';

type Json = Record<string, unknown>;

const { golden, head, preprocess, files } = exampleManifest();
const sample = golden[0]!;
const withHead = (change: object) => ({ head: { ...head, ...change } });
const withGolden = (change: object) => ({ golden: [{ ...sample, ...change }] });

/** Changes that no manifest may have, by what is wrong. */
const refused: Record<string, Json> = {
  'a tolerance that accepts anything': withGolden({ tolerance: { onnxruntime: 1e9 } }),
  'a golden output that does not sum to 1': withGolden({ output: Array(AGES).fill(0.5) }),
  'a golden output below 0': withGolden({ output: [2, -1] }),
  'an 8-bit tolerance that accepts anything': {
    int8: int8Form({ golden: [{ output: sample.output, tolerance: 1 }] }),
    files: [files[0], { ...files[0], path: 'model.int8.onnx' }],
  },
  'a golden output that sums to 1 only with its face probability': {
    face: { threshold: 0.5 },
    ...withGolden({ output: [0.2, 0.3, 0.5] }),
  },
  'a golden output with a face probability that the manifest does not name': withGolden({
    output: [0.5, 0.5, 0.5],
  }),
  'a face probability above 1': {
    face: { threshold: 0.5 },
    ...withGolden({ output: [0.5, 0.5, 1.5] }),
  },
  'an 8-bit output that sums to 1 only with its face probability': {
    face: { threshold: 0.5 },
    ...withGolden({ output: [0.5, 0.5, 0.5] }),
    int8: int8Form({ golden: [{ output: [0.25, 0.25, 0.5], tolerance: 1e-3 }] }),
    files: [files[0], { ...files[0], path: 'model.int8.onnx' }],
  },
  'a face threshold of 0': { face: { threshold: 0 }, ...withGolden({ output: [1, 0.5] }) },
  'a face threshold of 1': { face: { threshold: 1 }, ...withGolden({ output: [1, 0.5] }) },
  'a face threshold that is no number': {
    face: { threshold: '0.5' },
    ...withGolden({ output: [1, 0.5] }),
  },
  'a temperature near 0': withHead({ temperature: 1e-300 }),
  'a temperature beyond all measure': withHead({ temperature: 1e300 }),
  'a knot beyond human ages': withHead({
    interval: { level: 0.8, knots: [{ median: 1e300, lowQuantile: 0.1, highQuantile: 0.9 }] },
  }),
  'an interval upside down': withHead({
    interval: { level: 0.8, knots: [{ median: 5, lowQuantile: 0.9, highQuantile: 0.1 }] },
  }),
  'knots out of order': withHead({
    interval: {
      level: 0.8,
      knots: [50, 20].map((median) => ({ median, lowQuantile: 0.1, highQuantile: 0.9 })),
    },
  }),
  'an input of 1024 pixels a side': { preprocess: { ...preprocess, width: 1024 } },
  'a standard deviation near 0': { preprocess: { ...preprocess, std: 1e-300 } },
  'a mean beyond all measure': { preprocess: { ...preprocess, mean: 1e300 } },
  'a file of 12 GB': { files: [{ ...files[0], bytes: 12e9 }] },
  'files of 4 GB together': {
    files: ['a', 'b', 'c'].map((name) => ({ ...files[0], path: name, bytes: 1.4e9 })),
  },
  'a file that is listed twice': { files: [files[0], files[0]] },
  'a figure beyond all measure': { metrics: { mae: 1e300 } },
  'thousands of buckets': {
    buckets: Array.from({ length: 5000 }, (_, min) => ({ label: 'x', min, max: min })),
  },
};

describe('a manifest', () => {
  it.each(Object.keys(refused))('with %s is not valid', (name) => {
    const text = JSON.stringify({ ...exampleManifest(), ...refused[name] });
    expect(() => parseManifest(text)).toThrow(/the manifest is not valid/);
  });

  it('with a face output has a face probability behind the ages of each golden output', () => {
    const int8 = int8Form({ golden: [{ output: [0.5, 0.5, 0.9], tolerance: 1e-3 }] });
    const parsed = parseManifest(
      JSON.stringify({
        ...exampleManifest({ face: { threshold: 0.5 }, int8 }),
        ...withGolden({ output: [0.5, 0.5, 0.9] }),
        files: [files[0], { ...files[0], path: 'model.int8.onnx' }],
      }),
    );
    expect(parsed.face).toEqual({ threshold: 0.5 });
  });

  it('of each version that ships is valid, and its graphs are known as verified by the tests', async () => {
    const folder = 'models/face-age';
    const versions = (await readdir(folder)).filter((name) => /^\d+$/.test(name));
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) {
      const text = await readFile(path.join(folder, version, 'manifest.json'), 'utf8');
      for (const { path: file, sha256 } of parseManifest(text).files) {
        if (!file.endsWith('.onnx')) continue;
        const content = await readFile(path.join(folder, version, file));
        expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
        expect(shippedGraphs, `add ${sha256} to shippedGraphs`).toContain(sha256);
      }
    }
  });
});
