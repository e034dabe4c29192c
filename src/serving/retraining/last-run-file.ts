import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../../registry/store/local-files.ts';
import { retrainResultSchema, type RetrainResult } from '../../registry/retrain-record.ts';

/** Stores the result of the last retraining that this server started, so that it survives restarts. */
export class LastRunFile {
  readonly #file: string;

  constructor(stateDir: string) {
    this.#file = path.join(stateDir, 'last-run.json');
  }

  /** Undefined if the file is missing or invalid. */
  async read(): Promise<RetrainResult | undefined> {
    try {
      return retrainResultSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return undefined;
    }
  }

  async write(result: RetrainResult): Promise<void> {
    const text = `${JSON.stringify(result, null, 2)}\n`;
    await replaceFile(this.#file, (partial) => writeFile(partial, text));
  }
}
