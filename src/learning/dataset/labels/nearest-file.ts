import path from 'node:path';
import { editDistance, nearest } from '../../../common/edit-distance.ts';
import { isPhotoName, hiddenKind } from './file-kinds.ts';
import type { Keys } from './table-paths.ts';

/** So many missing files get a suggestion, and so many files are compared for each. */
const MAX_SUGGESTIONS = 20;
const MAX_COMPARED = 1000;
/** Names that differ by more are others. */
const MAX_EDITS = 3;
const LETTERS_PER_EDIT = 4;

/** Suggests existing photos for paths of a table that do not exist. */
export class NearestFile {
  readonly #keys: Pick<Keys, 'keys'>;
  readonly #named: ReadonlySet<string>;
  #suggested = 0;
  /** Created for the first suggestion. */
  #byStem: Map<string, string[]> | undefined;

  /**
   * @param keys of all files
   * @param named the files that the table names, which are not suggested
   */
  constructor(keys: Pick<Keys, 'keys'>, named: ReadonlySet<string>) {
    this.#keys = keys;
    this.#named = named;
  }

  /** Why a file that does not exist cannot be read, with a suggestion if there is a likely one. */
  reason(missing: string): string {
    const likely = this.#suggested++ < MAX_SUGGESTIONS ? this.#likely(missing) : undefined;
    return likely === undefined
      ? 'it does not exist'
      : `it does not exist; did you mean ${likely}?`;
  }

  /** A photo with this name elsewhere or with another extension, or else one with almost this name in the same folder. */
  #likely(missing: string): string | undefined {
    const byStem = (this.#byStem ??= this.#indexByStem());
    const sameStem = byStem.get(stemOf(missing));
    if (sameStem !== undefined) return nearest(missing, sameStem.slice(0, MAX_COMPARED));
    const [folder, stem] = [path.posix.dirname(missing), stemOf(missing)];
    const edits = Math.min(MAX_EDITS, Math.floor(stem.length / LETTERS_PER_EDIT));
    const close: string[] = [];
    for (const [other, keys] of byStem) {
      if (close.length >= MAX_COMPARED || edits === 0) break;
      if (Math.abs(other.length - stem.length) > edits) continue;
      const here = keys.find((key) => path.posix.dirname(key) === folder);
      if (here !== undefined) close.push(here);
    }
    return nearest(
      missing,
      close.filter((key) => editDistance(stemOf(key), stem) <= edits),
    );
  }

  #indexByStem(): Map<string, string[]> {
    const byStem = new Map<string, string[]>();
    for (const key of this.#keys.keys()) {
      if (!isPhotoName(key) || hiddenKind(key) !== undefined || this.#named.has(key)) continue;
      const same = byStem.get(stemOf(key));
      if (same === undefined) byStem.set(stemOf(key), [key]);
      else same.push(key);
    }
    return byStem;
  }
}

/** The name without folder, extension and case. */
function stemOf(key: string): string {
  const name = path.posix.basename(key).normalize().toLowerCase();
  return name.replace(/\.[a-z\d]{1,5}$/, '');
}
