/** Values by group column, such as `{ sex: '0' }`; empty where unknown. Files with equal values share one object. */
export type Groups = Readonly<Record<string, string>>;

/** A file and what is said of it. */
export interface LabelledFile {
  /** Relative to the data set's location. */
  key: string;
  /** Years, as labelled. */
  age: number;
  /** Where the source names one. */
  split: string | undefined;
  groups: Groups;
}

export const MAX_AGE = 130;

/** Labels that cannot be used; the message says where and what to do. */
export class LabelsError extends Error {
  override readonly name = 'LabelsError';
}

const SPLIT_FOLDERS = new Set(['train', 'val', 'test']);

/** The split that a file's first folder names: `train/a.jpg` is of `train`, `photos/a.jpg` of none. */
export function splitByFolder(key: string): string | undefined {
  const first = key.slice(0, Math.max(0, key.indexOf('/')));
  return SPLIT_FOLDERS.has(first) ? first : undefined;
}

/** Gives equal groups the same object: a million rows have only a few kinds. */
export function groupInterner(): (groups: Groups) => Groups {
  const known = new Map<string, Groups>();
  return (groups) => {
    const name = JSON.stringify(groups);
    const same = known.get(name) ?? groups;
    known.set(name, same);
    return same;
  };
}
