import { table } from '../../../common/text/text-table.ts';
import type { GroupFigures, MontageFigures, VariantFigures } from './measure-arranged.ts';
import { LARGE_CROP } from './measure-arranged.ts';
import type { ShiftFigures } from './measure-shifts.ts';
import { LARGE_FACE, type BoxFigures, type FolderFigures } from './measure-photos.ts';

/** What a measurement of a detector found. */
export type DetectorFigures =
  BoxFigures | FolderFigures | GroupFigures | MontageFigures | VariantFigures | ShiftFigures;

/** The figures as a table, without the names of files. */
export function describeDetector(figures: DetectorFigures): string {
  return table(rowsOf(figures), { rightFrom: 1 });
}

function rowsOf(figures: DetectorFigures): string[][] {
  switch (figures.kind) {
    case 'boxes':
      return [
        ['photos', 'faces', 'found', `over ${LARGE_FACE} px`, 'found', 'false a photo'],
        faceRow(figures),
      ];
    case 'groups':
      return [
        ['groups', 'faces', 'found', `${LARGE_CROP} px or more`, 'found', 'false a photo'],
        faceRow(figures),
      ];
    case 'montages': {
      const { pictures, complete, recall, falseFacesPerPhoto } = figures;
      return [
        ['montages', 'exactly six found', 'faces found', 'false a photo'],
        [`${pictures}`, `${complete}`, share(recall), falseFacesPerPhoto.toFixed(3)],
      ];
    }
    case 'folder': {
      const { photos, found, centered } = figures;
      return [
        ['photos', 'a face found', 'share', 'in the middle', 'share'],
        [`${photos}`, `${found}`, share(found / photos), `${centered}`, share(centered / photos)],
      ];
    }
    case 'shifts':
      return shiftRows(figures);
    case 'variants':
      return [
        [`${figures.crops} crops`, 'a face found', 'at its place'],
        ...figures.variants.map(({ name, found, centered }) => [
          name,
          share(found),
          share(centered),
        ]),
      ];
  }
}

function shiftRows({ crops, copies, lost, displacements }: ShiftFigures): string[][] {
  const { shift, scale, turn } = displacements;
  const row = (name: string, values: readonly number[], digits: number) => [
    name,
    ...values.map((value) => value.toFixed(digits)),
  ];
  return [
    [`${crops} crops, ${copies} copies, ${lost} without a face`, 'median', '95 %', '99 %'],
    row('shift, share of the side', shift, 4),
    row('scale, share', scale, 4),
    row('turn, degrees', turn, 2),
  ];
}

function faceRow(figures: BoxFigures | GroupFigures): string[] {
  const { pictures, faces, recall, largeFaces, recallLarge, falseFacesPerPhoto } = figures;
  return [
    `${pictures}`,
    `${faces}`,
    share(recall),
    `${largeFaces}`,
    share(recallLarge),
    falseFacesPerPhoto.toFixed(3),
  ];
}

const share = (value: number): string => value.toFixed(4);
