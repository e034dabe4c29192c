import type { Alias, FileSource, NewVersion } from '../../../src/registry/registry.ts';
import { exampleContent, exampleManifest } from './example-manifest.ts';

/** A version with one file, or with the given files. */
export function newVersion(
  content: Uint8Array | Record<string, FileSource> = exampleContent,
  preferredVersion?: number,
): NewVersion {
  const manifest = exampleManifest();
  const files = content instanceof Uint8Array ? { 'model.onnx': content } : content;
  return {
    name: manifest.name,
    ...(preferredVersion === undefined ? {} : { preferredVersion }),
    at: () =>
      Promise.resolve({
        manifest,
        files: new Map(Object.entries(files)),
      }),
  };
}

/** Returns the update that moves an alias to a version and records the move in its history. */
export function moveTo(version: number, by = 'tests') {
  return (current: Alias | undefined): Alias => {
    const updatedAt = new Date().toISOString();
    return {
      version,
      previous: current?.version ?? null,
      updatedAt,
      by,
      reason: '',
      history: [...(current?.history ?? []), { version, updatedAt, by }],
    };
  };
}
