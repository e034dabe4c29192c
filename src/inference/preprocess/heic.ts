import { createRequire } from 'node:module';
import type { Size } from './spec.ts';

/**
 * HEIC photos are decoded by `heic-decode`, which holds libheif and libde265 in WebAssembly. Their license (LGPL-3.0) and the
 * patents on HEVC are why operators choose to install it: it is an optional peer dependency, and in no image.
 */
const DECODER = 'heic-decode';

/** A decoded picture, as its file says that it is shown. */
interface DecodedHeic extends Size {
  /** Red, green, blue and opacity, interleaved. */
  data: Uint8ClampedArray;
}

/** A picture of a file before it is decoded. */
interface HeicPicture extends Size {
  decode(): Promise<DecodedHeic>;
}

/** What the package exports, in version 2. */
interface HeicDecode {
  all(options: { buffer: Uint8Array }): Promise<HeicPicture[] & { dispose(): void }>;
}

const require = createRequire(import.meta.url);
let isInstalled: boolean | undefined;

/** Whether the decoder is installed, and so HEIC is read. */
export function isHeicSupported(): boolean {
  isInstalled ??= canResolve();
  return isInstalled;
}

function canResolve(): boolean {
  try {
    require.resolve(DECODER);
    return true;
  } catch {
    return false;
  }
}

/**
 * The size of the first picture of a file, as displayed.
 * @throws Error if the file is damaged
 */
export function heicSize(file: Buffer): Promise<Size> {
  return withPicture(file, ({ width, height }) => Promise.resolve({ width, height }));
}

/**
 * Decodes the first picture of a file. Its orientation is applied already.
 * @throws Error if the file is damaged
 */
export function decodeHeic(file: Buffer): Promise<DecodedHeic> {
  return withPicture(file, (picture) => picture.decode());
}

async function withPicture<Result>(
  file: Buffer,
  use: (picture: HeicPicture) => Promise<Result>,
): Promise<Result> {
  const decoder = require(DECODER) as HeicDecode;
  const pictures = await decoder.all({ buffer: file });
  try {
    return await use(pictures[0]!);
  } finally {
    pictures.dispose();
  }
}
