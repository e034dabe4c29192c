import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineArtifact } from '../../../src/inference/engine/engine.ts';
import { writeTinyNetwork } from '../../support/models/tiny-network.ts';

let home: string;
let artifact: EngineArtifact;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'home-'));
  artifact = await writeTinyNetwork();
});
afterEach(async () => {
  await rm(home, { recursive: true });
  await rm(artifact.directory, { recursive: true });
});

/** Runs a module that makes an `engine`, in a process that has nothing of ours in its environment, and loads a network. */
async function loadNetwork(makeEngine: string): Promise<string> {
  const script = `${makeEngine}
    const model = await engine.load(${JSON.stringify(artifact)});
    await model.dispose();
    await engine.close();
    console.log(process.env.ORT_DISABLE_TELEMETRY);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const env = { PATH: process.env.PATH, HOME: home };
  return (await promisify(execFile)(process.execPath, args, { env })).stdout.trim();
}

it.each([
  [
    'this thread',
    `import { createOnnxEngine } from './src/inference/engine/onnx-engine.ts';
    const engine = createOnnxEngine({ threads: 1 });`,
  ],
  [
    'a worker thread',
    `import { WorkerEngine } from './src/inference/engine/worker-engine.ts';
    const engine = await WorkerEngine.start({ engine: 'onnxruntime', device: 'cpu', threads: 1 });`,
  ],
])('onnxruntime in %s has its telemetry off: it keeps no id of the device', async (_, script) => {
  expect(await loadNetwork(script)).toBe('1');
  expect(await readdir(home)).toEqual([]);
});
