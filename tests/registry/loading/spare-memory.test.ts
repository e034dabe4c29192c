import { expect, it } from 'vitest';
import { hasRoomFor } from '../../../src/registry/loading/loaded-model.ts';

const MEBIBYTE = 1024 * 1024;
const fileOf = (bytes: number) => ({ path: 'model.onnx', bytes, sha256: '' });

it('has room for a version of a few megabytes in an ordinary container, but not in a full one', () => {
  const manifest = { files: [fileOf(5 * MEBIBYTE), fileOf(5 * MEBIBYTE)] };
  expect(hasRoomFor(manifest, 512 * MEBIBYTE)).toBe(true);
  expect(hasRoomFor(manifest, 300 * MEBIBYTE)).toBe(false);
});

it('needs more for a larger version', () => {
  expect(hasRoomFor({ files: [fileOf(100 * MEBIBYTE)] }, 512 * MEBIBYTE)).toBe(false);
});
