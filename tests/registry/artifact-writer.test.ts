import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyArtifact } from '../../src/lifecycle/artifact-verifier.ts';
import { nextVersion, writeAlias, writeArtifact } from '../../src/registry/artifact-writer.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { exampleManifest } from '../support/example-manifest.ts';

describe('artifact writer', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'models-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const files = new Map([['model.onnx', Buffer.from('graph')]]);
  const manifest = exampleManifest();

  it('writes a version that the registry reads and the verifier accepts', async () => {
    await writeArtifact(root, files, manifest);
    const artifact = await new FileRegistry(root).fetchArtifact('face-age', 1);
    await verifyArtifact(artifact);
    expect(artifact.manifest.files.map((file) => file.path)).toEqual(['model.onnx']);
  });

  it('never overwrites a version and leaves nothing behind', async () => {
    await writeArtifact(root, files, manifest);
    const again = writeArtifact(root, new Map([['model.onnx', Buffer.from('other')]]), manifest);
    await expect(again).rejects.toThrow(/exists already/);
    expect(await readdir(path.join(root, 'face-age'))).toEqual(['1']);
    expect(await readFile(path.join(root, 'face-age/1/model.onnx'), 'utf8')).toBe('graph');
  });

  it('leaves nothing behind when the manifest is not valid', async () => {
    await expect(writeArtifact(root, files, { ...manifest, golden: [] })).rejects.toThrow(/golden/);
    expect(await readdir(path.join(root, 'face-age'))).toEqual([]);
  });

  it('counts versions up from the highest', async () => {
    expect(await nextVersion(root, 'face-age')).toBe(1);
    await writeArtifact(root, files, { ...manifest, version: 7 });
    expect(await nextVersion(root, 'face-age')).toBe(8);
  });

  it('points an alias at a version', async () => {
    const pointer = {
      version: 7,
      previous: null,
      updatedAt: '2024-01-01T00:00:00Z',
      by: 'test',
      reason: '',
      history: [],
    };
    await writeAlias(root, 'face-age', 'production', pointer);
    expect(await new FileRegistry(root).readAlias('face-age', 'production')).toEqual(pointer);
  });
});
