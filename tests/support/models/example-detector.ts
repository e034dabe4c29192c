import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AlignedFraming } from '../../../src/registry/framing.ts';
import {
  DETECTOR_NAME,
  type DetectorManifest,
  type DetectorReference,
} from '../../../src/registry/detector/detector-manifest.ts';
import { shippedDetector } from '../../../src/registry/detector/local-detector.ts';
import { utkFraming } from '../../../src/registry/framing.ts';

/** How versions name the detector that ships with the package. */
export const shippedReference = utkFraming.detector;

/** A detector that no package has; its network cannot be loaded. */
export interface ExampleDetector {
  reference: DetectorReference;
  framing: AlignedFraming;
  graph: Buffer;
  manifest: DetectorManifest;
  /** By their paths in a registry, the network first. */
  files: [string, Buffer][];
}

export function exampleDetector(version = 1, content = 'not really a detector'): ExampleDetector {
  const graph = Buffer.from(content);
  const sha256 = createHash('sha256').update(graph).digest('hex');
  const shipped = readFileSync(path.join(shippedDetector(1), 'manifest.json'), 'utf8');
  const manifest: DetectorManifest = {
    ...(JSON.parse(shipped) as DetectorManifest),
    version,
    files: [{ path: 'model.onnx', bytes: graph.length, sha256 }],
  };
  const reference = { name: DETECTOR_NAME, version, sha256 };
  const folder = `${DETECTOR_NAME}/${version}`;
  return {
    reference,
    framing: { ...utkFraming, detector: reference },
    graph,
    manifest,
    files: [
      [`${folder}/model.onnx`, graph],
      [`${folder}/manifest.json`, Buffer.from(JSON.stringify(manifest))],
    ],
  };
}
