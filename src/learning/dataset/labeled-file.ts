import type { StoredFace } from '../../registry/feedback/feedback-face.ts';
import type { AgeRange } from './age-range.ts';

/** Values by group column, such as `{ sex: '0' }`; unknown values are empty. Files with equal values share one object. */
export type Groups = Readonly<Record<string, string>>;

/** A file and its label. */
export interface LabeledFile {
  /** Relative to the dataset's location. */
  key: string;
  age: AgeRange;
  /** Undefined if the source does not name a split. */
  split: string | undefined;
  groups: Groups;
  /** Where the face is, in pixels of the picture; undefined where that is not known. */
  knownFace?: StoredFace;
  /** SHA-256 of the photo as its sender has it, if the file is another encoding of it, one character per byte. */
  originalHash?: string;
}

/** The labels cannot be used; the message says where the problem is and how to fix it. */
export class LabelsError extends Error {
  override readonly name = 'LabelsError';
}

/** Returns a function that maps equal groups to the same object, since a million rows have only a few distinct groups. */
export function groupInterner(): (groups: Groups) => Groups {
  const known = new Map<string, Groups>();
  return (groups) => {
    const name = JSON.stringify(groups);
    const same = known.get(name) ?? groups;
    known.set(name, same);
    return same;
  };
}
