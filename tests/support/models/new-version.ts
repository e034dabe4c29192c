import type { Alias, FileSource, NewVersion } from '../../../src/registry/registry.ts';
import { exampleContent, exampleManifest } from './example-manifest.ts';

/** A new version with one file, or with the given ones. */
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

/** The next state of an alias that is moved; its history records every move. */
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
