import { groupInterner, MAX_AGE, splitByFolder, type LabelledFile } from './labelled-file.ts';

const UTKFACE_NAME = /(?:^|\/)(\d{1,3})_([01])_([0-4])_[^/]*$/;
const AGE_FOLDER = /(?:^|\/)(\d{1,3})\/[^/]+$/;

/** What one file's path says of it; undefined where it says nothing. */
export type ReadName = (key: string) => LabelledFile | undefined;

/** Files named as in UTKFace: `[age]_[sex]_[ethnicity]_….jpg`. */
export function utkFaceNames(): ReadName {
  const intern = groupInterner();
  return (key) => {
    const [, age, sex = '', ethnicity = ''] = UTKFACE_NAME.exec(key) ?? [];
    return labelled(key, age, () => intern({ sex, ethnicity }));
  };
}

/** Files in a folder that is named by the age: `23/x.jpg`. */
export function ageFolders(): ReadName {
  const none = {};
  return (key) => labelled(key, AGE_FOLDER.exec(key)?.[1], () => none);
}

function labelled(
  key: string,
  years: string | undefined,
  groups: () => LabelledFile['groups'],
): LabelledFile | undefined {
  const age = Number(years);
  if (years === undefined || age > MAX_AGE) return undefined;
  return { key, age, split: splitByFolder(key), groups: groups() };
}
