import { expect, it, vi } from 'vitest';
import { readHeader } from '../../../src/inference/decoding/header/read-header.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { isoFile, limits, spec } from '../../support/pictures.ts';

vi.mock(import('../../../src/inference/preprocess/heic.ts'), async (original) => ({
  ...(await original()),
  isHeicSupported: () => false,
}));

it.each([['heic'], ['mif1'], ['hevc']])(
  'without its decoder HEIC is refused by name, with what spares senders the conversion: %s',
  async (brand) => {
    const file = isoFile(brand, 'mif1', 'heic');
    const refusal = {
      code: 'unsupported_image_format',
      message: expect.stringMatching(
        /^HEIC\/HEIF is not read; send JPEG, PNG, WebP.* instead\. .*accept="image\/jpeg,image\/png".*preferredAssetRepresentationMode.*Operators can install heic-decode/,
      ) as string,
    };
    await expect(preprocess(file, spec, limits)).rejects.toMatchObject(refusal);
    expect(() => readHeader(file)).toThrow(expect.objectContaining(refusal) as Error);
  },
);
