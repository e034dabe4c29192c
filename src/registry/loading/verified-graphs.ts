import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { programVersion } from '../../common/program-version.ts';
import type { EngineName } from '../../inference/engine/engine.ts';
import type { Manifest } from '../manifest.ts';
import { replaceFile } from '../store/local-files.ts';

/** The graphs of the versions that ship with this release, whose tests load and run them. */
export const shippedGraphs: ReadonlySet<string> = new Set([
  'b0204f384741971199317645491b5e2dd5a899cea002689aad648b6a5de2f7f2',
  '6602260d7ee7cf575d1af736764da9e663b4842795e173695c31b0aa2af04c33',
  '15bdda2e64a5e177a42ae2e8b9a74b51606154a66d6ce944bfeada476c100d47',
  'd3bd02e652dd7dd17e17f5e9815d339314d10b96d21e9123884aaa003bd12900',
  'dea928f4466a48b07c7cbe1d0f458d9c6859770bcbf3b7ba217945fb6c89c388',
  '99a7df88f648297707b62802aa0601019101254fa333e82acecffa387a62e270',
  '6e610864ad3076c262988e243993270d6abb73c773a37febfde3114ca889b3c7',
  'b03425553241ae8c6565e4079244df5d1fc53043c38ba5154204f5ab8c7bf135',
]);

/** What a verification covers, besides the artifact. */
export interface VerificationScope {
  engine: EngineName;
  /** The batch sizes that were run. */
  sizes: readonly number[];
}

const GRAPH = /\.onnx$|^model\.json$|^weights\.bin$/;
/** More records than this are removed, the oldest first. */
const RECORDS_MAX = 100;
const RECORD = /^[0-9a-f]{64}\.json$/;

/**
 * Which graphs were verified in a child process by this release on this machine: in memory, and in the folder
 * `verified` of the model cache so that a restart does not repeat it. Without a writable folder only the memory counts.
 */
export class VerifiedGraphs {
  readonly #folder: string;
  readonly #known = new Set<string>();

  /** @param cacheDir the model cache, an absolute path */
  constructor(cacheDir: string) {
    this.#folder = path.join(cacheDir, 'verified');
  }

  /** Whether the artifact need not be verified: it ships with this release, or it was verified. */
  async has(manifest: Manifest, scope: VerificationScope): Promise<boolean> {
    if (graphsOf(manifest).every(({ sha256 }) => shippedGraphs.has(sha256))) return true;
    const key = keyOf(manifest, scope);
    if (this.#known.has(key)) return true;
    const text = await readFile(this.#fileOf(key), 'utf8').catch(() => '');
    if (text.trim() !== recordOf(key)) return false;
    this.#known.add(key);
    return true;
  }

  async add(manifest: Manifest, scope: VerificationScope): Promise<void> {
    const key = keyOf(manifest, scope);
    this.#known.add(key);
    try {
      await replaceFile(this.#fileOf(key), (file) => writeFile(file, `${recordOf(key)}\n`));
      await this.#prune();
    } catch {
      // A read-only or full disk must not prevent serving.
    }
  }

  #fileOf(key: string): string {
    return path.join(this.#folder, `${key}.json`);
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => RECORD.test(name));
    if (names.length <= RECORDS_MAX) return;
    const files = names.map((name) => path.join(this.#folder, name));
    const ages = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
    const oldest = files.toSorted((a, b) => ages[files.indexOf(a)]! - ages[files.indexOf(b)]!);
    for (const file of oldest.slice(0, -RECORDS_MAX)) await rm(file, { force: true });
  }
}

/** The files of a version that an engine executes. */
export function graphsOf({ files }: Pick<Manifest, 'files'>): Manifest['files'] {
  return files.filter(({ path: name }) => GRAPH.test(name));
}

function recordOf(key: string): string {
  return JSON.stringify({ verified: key });
}

/** Identifies everything that the result of a verification depends on. */
function keyOf(manifest: Manifest, { engine, sizes }: VerificationScope): string {
  const { preprocess, head, face, golden, int8 } = manifest;
  const release = [programVersion, process.platform, process.arch];
  const network = [graphsOf(manifest), preprocess, head, face, golden, int8];
  const facts = [release, engine, sizes, ...network];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
