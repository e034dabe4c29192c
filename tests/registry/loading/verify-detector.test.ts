import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  readLocalDetector,
  shippedDetector,
} from '../../../src/registry/detector/local-detector.ts';
import { createVerifyDetector } from '../../../src/registry/loading/verify-detector.ts';
import { GoldenMismatchError } from '../../../src/registry/loading/verify-artifact.ts';
import { HostileVersionError } from '../../../src/registry/loading/verify-apart.ts';
import { DETECTOR_SIDE } from '../../../src/inference/faces/anchors.ts';
import { endlessLoad, endlessRun, hostileGraph } from '../../support/models/hostile-graphs.ts';
import { exampleDetector } from '../../support/models/example-detector.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'face-age-detector-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const { signal } = new AbortController();

it('does not verify the detector that ships again', async () => {
  const shipped = await readLocalDetector(shippedDetector(1));
  // A limit within which no child process could answer.
  await createVerifyDetector(1)({ ...shipped, directory: '/nowhere' }, signal);
});

it.each([
  ['loading', endlessLoad()],
  ['running', endlessRun],
])('refuses a detector whose graph never ends %s, in a child process', async (_what, hostile) => {
  const { manifest } = exampleDetector(2);
  const graph = hostileGraph(DETECTOR_SIDE, 10, hostile);
  await writeFile(join(directory, 'model.onnx'), graph);
  const verification = createVerifyDetector(4000)({ directory, manifest }, signal);
  await expect(verification).rejects.toThrow(HostileVersionError);
});

it('refuses a detector that does not see what its manifest says', async () => {
  const { manifest } = exampleDetector(3);
  const { directory: shipped } = await readLocalDetector(shippedDetector(1));
  const golden = manifest.golden.map((sample) => ({
    ...sample,
    detections: sample.detections.map((seen) => ({ ...seen, score: seen.score / 2 })),
  }));
  const verification = createVerifyDetector(60_000)(
    { directory: shipped, manifest: { ...manifest, golden } },
    signal,
  );
  await expect(verification).rejects.toThrow(GoldenMismatchError);
});

it('accepts a detector that does, and does not verify it again', async () => {
  const { manifest } = exampleDetector(4);
  const { directory: shipped } = await readLocalDetector(shippedDetector(1));
  const verify = createVerifyDetector(60_000);
  await verify({ directory: shipped, manifest }, signal);
  await verify({ directory: '/nowhere', manifest }, signal);
});
