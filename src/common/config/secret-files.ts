import { readFileSync } from 'node:fs';

export const FILE_SUFFIX = '_FILE';

/** Secrets as given, each from its variable or from the file that `<NAME>_FILE` names. */
export interface GivenSecrets {
  values: Record<string, string>;
  faults: string[];
}

/** Reads the secrets of these names; a name that neither variable gives is missing from the values. */
export function readSecretFiles(
  names: readonly string[],
  environment: Readonly<Record<string, string>>,
): GivenSecrets {
  const given: GivenSecrets = { values: {}, faults: [] };
  for (const name of names) {
    const file = environment[name + FILE_SUFFIX];
    if (file === undefined) continue;
    if (environment[name] === undefined) readOne(name, file, given);
    else given.faults.push(`${name} and ${name}${FILE_SUFFIX} are both set; set only one of them.`);
  }
  return given;
}

function readOne(name: string, file: string, { values, faults }: GivenSecrets): void {
  try {
    const content = contentOf(file);
    if (content.trim() === '') faults.push(`${name}${FILE_SUFFIX} names ${file}, which is empty.`);
    else values[name] = content;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    faults.push(`${name}${FILE_SUFFIX} names ${file}, which cannot be read (${code}).`);
  }
}

/** Without the newline that an editor or `echo` leaves at the end. */
function contentOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}
