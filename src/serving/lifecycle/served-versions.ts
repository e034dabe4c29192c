import { createHash } from 'node:crypto';
import { writeFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../registry/store/local-files.ts';
import type { LoadSubject } from './load-notes.ts';

/** The last version that served each alias, in `<cache>/served`, to fall back to. */
export class ServedVersions {
  readonly #folder: string;

  /** @param cacheDir the model cache, an absolute path */
  constructor(cacheDir: string) {
    this.#folder = path.join(cacheDir, 'served');
  }

  /** Never rejects. */
  async record(subject: Pick<LoadSubject, 'registry' | 'model' | 'alias' | 'version'>) {
    try {
      await replaceFile(this.#fileOf(subject), (file) =>
        writeFile(file, `${JSON.stringify(subject)}\n`),
      );
    } catch {
      // A read-only or full disk must not prevent serving.
    }
  }

  async last(
    subject: Pick<LoadSubject, 'registry' | 'model' | 'alias'>,
  ): Promise<number | undefined> {
    try {
      const text = await readFile(this.#fileOf(subject), 'utf8');
      return z.object({ version: z.int().positive() }).parse(JSON.parse(text)).version;
    } catch {
      return undefined;
    }
  }

  #fileOf({ registry, model, alias }: Pick<LoadSubject, 'registry' | 'model' | 'alias'>): string {
    const key = JSON.stringify([registry, model, alias]);
    const name = createHash('sha256').update(key).digest('hex').slice(0, 16);
    return path.join(this.#folder, `${name}.json`);
  }
}
