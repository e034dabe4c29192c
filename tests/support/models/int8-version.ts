import type { Int8Form, Manifest } from '../../../src/registry/manifest.ts';
import { exampleContent, exampleManifest, fileEntry } from './example-manifest.ts';
import type { ModelFolder } from './model-folder.ts';

/** Differs from the content of the float32 graph, so that tests can tell the two apart. */
export const int8Content = Buffer.from('not really integers');

/** The manifest entry of an 8-bit form that gives the same outputs as the float32 network. */
export function int8Form(overrides: Partial<Int8Form> = {}): Int8Form {
  const golden = exampleManifest().golden.map(({ output }) => ({ output, tolerance: 1e-3 }));
  return { file: 'model.int8.onnx', golden, metrics: { mae: 5.01 }, maeCost: 0.01, ...overrides };
}

/** Writes a version with both graphs. */
export async function writeInt8Version(
  folder: ModelFolder,
  version: number,
  int8: Int8Form = int8Form(),
): Promise<Manifest> {
  const files = [
    fileEntry('model.onnx', exampleContent),
    fileEntry('model.int8.onnx', int8Content),
  ];
  await folder.write(`${version}/model.int8.onnx`, int8Content);
  return folder.writeVersion(version, { files, int8 });
}
