import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { graphFiles, type EngineArtifact, type EngineModel } from '../inference/engine/engine.ts';
import { createOnnxEngine } from '../inference/engine/onnx-engine.ts';

/** Loads an exported graph, as the service does, from a temporary folder for as long as `use` runs. */
export async function withServingNetwork<Result>(
  graph: Uint8Array,
  { width, height, mean, std, outputLength, precision = 'fp32' }: Omit<EngineArtifact, 'directory'>,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-'));
  try {
    await writeFile(path.join(directory, graphFiles[precision]), graph);
    const engine = createOnnxEngine({ threads: 0 });
    const artifact = { directory, width, height, mean, std, outputLength, precision };
    const network = await engine.load(artifact);
    try {
      return await use(network);
    } finally {
      await network.dispose();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
