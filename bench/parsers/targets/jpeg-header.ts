import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import {
  countScans,
  readJpegHeader,
} from '../../../src/inference/preprocess/format/jpeg-header.ts';
import { sharp } from '../../../src/inference/preprocess/sharp-image.ts';
import { assertEqual, type Target } from './target.ts';

const MOST_SCANS = 64;

/** The header of a JPEG up to its first scan; libjpeg, through sharp, must see the same size. */
export const jpegHeader: Target = {
  name: 'jpeg-header',
  guidedBy: /src\/inference\/preprocess\//,
  words: [
    '\xff\xd8',
    '\xff\xda',
    '\xff\xdb',
    '\xff\xc0',
    '\xff\xc2',
    '\xff\xc4',
    '\xff\xe0',
    '\xff\xe1',
    '\xff\xe2',
    '\xff\xee',
    '\xff\xd9',
    '\xff\x01',
    '\xff\xd0',
    '\xff\xff',
    'JFIF\0',
    'Exif\0\0',
    'Adobe',
    'ICC_PROFILE\0',
    'II*\0\x08\0\0\0',
    'MM\0*\0\0\0\x08',
    '\x12\x01\x03\0\x01\0\0\0\x06\0\0\0',
  ],
  seeds: async () => {
    const face = drawFaceJpeg({ age: 30, seed: 1, size: 16 });
    const picture = sharp(face);
    return [
      face,
      await picture.clone().jpeg({ progressive: true }).toBuffer(),
      await picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      await picture.clone().grayscale().jpeg({ optimizeCoding: true }).toBuffer(),
      await picture.clone().toColourspace('cmyk').jpeg().toBuffer(),
    ];
  },
  run: (input) => {
    const header = readJpegHeader(input);
    if (header === undefined) return;
    const { width, height, scanOffset } = header;
    if (!(width > 0 && width <= 65_535 && height > 0 && height <= 65_535))
      throw new Error(`a size of ${width} × ${height}`);
    if (scanOffset < 2 || scanOffset + 2 > input.length)
      throw new Error(`a scan at ${scanOffset} of ${input.length}`);
    const scans = countScans(input, header, MOST_SCANS);
    if (scans < 1 || scans > MOST_SCANS) throw new Error(`${scans} scans`);
  },
  compare: async (input) => {
    const header = readJpegHeader(input);
    if (header === undefined) return;
    const options = { limitInputPixels: false, failOn: 'error' } as const;
    const seen = await sharp(input, options)
      .metadata()
      .catch(() => undefined);
    if (seen?.format !== 'jpeg') return;
    const { width, height, orientation } = header;
    assertEqual('the size', [width, height], [seen.width, seen.height]);
    const theirs = seen.orientation ?? 1;
    assertEqual('the orientation', orientation, theirs >= 1 && theirs <= 8 ? theirs : 1);
  },
};
