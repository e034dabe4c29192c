import { z } from 'zod';
import { messageOf } from '../common/errors.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { ownValue } from '../common/own-value.ts';
import type { GroupNames } from './metrics-file.ts';

const groupNamesSchema = z.record(z.string(), z.record(z.string(), z.string().min(1)));

/** The code book of UTKFace's file names (Zhang, Song and Qi, CVPR 2017). */
const utkFaceNames: GroupNames = {
  sex: { '0': 'male', '1': 'female' },
  ethnicity: { '0': 'White', '1': 'Black', '2': 'Asian', '3': 'Indian', '4': 'other' },
};

/** A groups.json that cannot be used; the message says why. */
export class GroupNamesError extends Error {
  override readonly name = 'GroupNamesError';
}

const GROUP_NAMES_FILE = 'groups.json';

/**
 * The names of the groups' codes in a data set: those of its `groups.json`, such as
 * `{"sex": {"0": "male", "1": "female"}}`, or where there is none, those of the code book that the labels follow.
 * @throws GroupNamesError where groups.json is no such table; StorageError where it cannot be read.
 */
export async function readGroupNames(
  { store, otherFiles }: Pick<Dataset, 'store' | 'otherFiles'>,
  labelled: readonly { groups: Readonly<Record<string, string>> }[],
): Promise<GroupNames> {
  if (!otherFiles.has(GROUP_NAMES_FILE)) return knownGroupNames(labelled);
  const text = (await store.read(GROUP_NAMES_FILE)).toString('utf8');
  return parseGroupNames(text, `${store.location}/${GROUP_NAMES_FILE}`);
}

/** UTKFace's names where both `sex` and `ethnicity` are there and hold none but its codes; else none. */
export function knownGroupNames(
  labelled: readonly { groups: Readonly<Record<string, string>> }[],
): GroupNames {
  const follows = Object.entries(utkFaceNames).every(([column, names]) => {
    const values = new Set(labelled.map(({ groups }) => groups[column] ?? ''));
    values.delete('');
    return values.size > 0 && [...values].every((value) => Object.hasOwn(names, value));
  });
  return follows ? utkFaceNames : {};
}

/** A value as people call it: `male` for sex 0, or the value itself where it has no name. */
export function groupName(names: GroupNames, column: string, value: string): string {
  return ownValue(ownValue(names, column) ?? {}, value) ?? value;
}

function parseGroupNames(text: string, file: string): GroupNames {
  try {
    return groupNamesSchema.parse(JSON.parse(text));
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new GroupNamesError(
      `${file} is no table like {"sex": {"0": "male", "1": "female"}}: ${fault}`,
      { cause: error },
    );
  }
}
