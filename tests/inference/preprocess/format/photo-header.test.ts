import { describe, expect, it } from 'vitest';
import { readPhotoFacts } from '../../../../src/inference/preprocess/format/photo-header.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import { encoder, limits, quarters, spec, withOrientation } from '../../../support/pictures.ts';

const picture = quarters(90, 40);

describe('readPhotoFacts', () => {
  it.each([
    ['JPEG', () => encoder(picture).jpeg().toBuffer(), { width: 90, height: 40, format: 'jpeg' }],
    [
      'turned JPEG',
      async () => withOrientation(await encoder(picture).jpeg().toBuffer(), 6),
      { width: 40, height: 90, format: 'jpeg' },
    ],
    ['PNG', () => encoder(picture).png().toBuffer(), { width: 90, height: 40, format: 'png' }],
  ])('agrees with preprocessing about the same %s', async (_kind, encode, facts) => {
    const file = await encode();
    expect(await readPhotoFacts(file)).toEqual(facts);
    expect((await preprocess(file, spec, limits)).photo).toEqual(facts);
  });

  it('refuses a file that is not a photo', async () => {
    await expect(readPhotoFacts(Buffer.from('no photo at all'))).rejects.toMatchObject({
      code: 'unsupported_image_format',
    });
  });
});
