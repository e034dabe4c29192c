import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import type { LocalArtifact } from '../../../src/registry/registry.ts';
import { softmaxNetwork } from './softmax-network.ts';

/** What a store may hold that no server may serve. */
interface BadVersion {
  kind: string;
  manifest: unknown;
  /** Undefined where the file is missing. */
  graph: Uint8Array | undefined;
}

export interface PublishedBadVersion {
  kind: string;
  version: number;
}

/** Puts one version of each bad kind into a bucket as no publisher of ours would, from the number `first` on. */
export async function putBadVersions(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  { directory, manifest }: LocalArtifact,
  first: number,
): Promise<PublishedBadVersion[]> {
  const graph = await readFile(join(directory, 'model.onnx'));
  const published: PublishedBadVersion[] = [];
  for (const [index, bad] of badVersionsOf(manifest, graph).entries()) {
    const version = first + index;
    const key = (file: string) => `${prefix}/${manifest.name}/${version}/${file}`;
    const put = (file: string, body: Uint8Array | string) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key: key(file), Body: body }));
    if (bad.graph !== undefined) await put('model.onnx', bad.graph);
    await put('manifest.json', JSON.stringify({ ...(bad.manifest as object), version }));
    published.push({ kind: bad.kind, version });
  }
  return published;
}

function badVersionsOf(good: Manifest, graph: Uint8Array): BadVersion[] {
  const entry = entryOf(graph);
  const manifest = { ...good, engines: ['onnxruntime'], files: [entry] };
  const [sample, ...samples] = good.golden;
  const wrong = { ...sample!, output: sample!.output.toReversed() };
  const foreign = foreignGraph();
  return [
    { kind: 'wrong checksum', manifest: withEntry({ sha256: '0'.repeat(64) }), graph },
    { kind: 'truncated weights', manifest, graph: graph.subarray(0, graph.length >> 1) },
    { kind: 'golden mismatch', manifest: { ...manifest, golden: [wrong, ...samples] }, graph },
    { kind: 'unknown schema', manifest: { ...manifest, schemaVersion: 99 }, graph },
    { kind: 'missing file', manifest, graph: undefined },
    {
      kind: 'model that throws',
      manifest: { ...manifest, files: [entryOf(foreign)] },
      graph: foreign,
    },
    { kind: 'declared size of 10 GB', manifest: withEntry({ bytes: 10_000_000_000 }), graph },
  ];

  function withEntry(change: object) {
    return { ...manifest, files: [{ ...entry, ...change }] };
  }
}

function entryOf(content: Uint8Array) {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path: 'model.onnx', bytes: content.length, sha256 };
}

/** A graph for photos of another size: it loads, and throws when it is run. */
function foreignGraph(): Uint8Array {
  const [side, outputs] = [4, 101];
  const { modelTopology, weightSpecs } = softmaxNetwork(side, outputs);
  const weightData = new Float32Array(side * side * outputs + outputs).buffer;
  return exportOnnx({ modelTopology, weightSpecs, weightData }, { outputName: 'age_distribution' });
}
