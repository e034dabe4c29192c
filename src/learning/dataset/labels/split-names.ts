/** Other names of the splits. Case, spaces, `_`, `-` and `.` do not matter, nor does a word such as `set` at the end. */
const NAMES_OF_SPLIT = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation', 'dev', 'development'],
  test: ['test', 'tests', 'testing'],
  tuning: ['tuning'],
} as const;

const SPLIT_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES_OF_SPLIT).flatMap(([split, names]) =>
    names.map((name): [string, string] => [name, split]),
  ),
);

/** For messages. */
export const KNOWN_SPLITS = `${Object.keys(NAMES_OF_SPLIT).join(', ')}, and usual names of these such as training, validation, valid and dev`;

const SEPARATORS = /[\s_.-]+/g;
const SUFFIX = /(?:data)?(?:set|split|data|images|photos|pictures|faces)$/;

/** A folder with such a name was made as a split, although it is not clear which one. */
const LIKE_A_SPLIT =
  /^(?:train|training|val|valid|validation|dev|test|testing|eval|evaluation|hold[\s_-]?out|held[\s_-]?out)(?:[\s_.-]*\d+|[\s_.-]+(?:old|new|copy|final|clean|small|full|only|aligned|crops?|fold|part)\b.*)?$/;

/** The split that a name means, such as `val` for `Validation`; undefined for an unknown name. */
export function splitNamed(name: string): string | undefined {
  const plain = name.trim().toLowerCase().replaceAll(SEPARATORS, '');
  return SPLIT_BY_NAME.get(plain) ?? SPLIT_BY_NAME.get(plain.replace(SUFFIX, ''));
}

/** The split that a file's first folder names: `train` for `Training/a.jpg`, none for `photos/a.jpg`. */
export function splitByFolder(key: string): string | undefined {
  const folder = firstFolder(key);
  return folder === undefined || folder.toLowerCase() === 'tuning' ? undefined : splitNamed(folder);
}

/** The first folder of a file if it looks like a split but names none that is known: `test2` for `test2/a.jpg`. */
export function unknownSplitFolder(key: string): string | undefined {
  const folder = firstFolder(key);
  if (folder === undefined || splitByFolder(key) !== undefined) return undefined;
  return LIKE_A_SPLIT.test(folder.trim().toLowerCase()) ? folder : undefined;
}

/** What is wrong with such a folder. */
export function splitFolderFault(folder: string): string {
  return `the folder ${folder} looks like a split, but its name is none of ${KNOWN_SPLITS}; rename it`;
}

function firstFolder(key: string): string | undefined {
  const end = key.indexOf('/');
  return end < 1 ? undefined : key.slice(0, end);
}
