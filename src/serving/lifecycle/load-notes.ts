import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { every } from '../../common/clock.ts';
import { currentProcess, hasProcessEnded } from '../../common/process/process-identity.ts';

/** A version that is being loaded for an alias. */
export const loadSubjectSchema = z.object({
  /** Location of the registry. */
  registry: z.string().max(1000),
  model: z.string().max(200),
  alias: z.string().max(200),
  version: z.int().positive(),
  /** Of the alias's state; it changes when the alias is moved again. */
  etag: z.string().max(200),
  /** Of the graph. */
  sha256: z.string().max(200),
});
export type LoadSubject = z.infer<typeof loadSubjectSchema>;

const noteSchema = loadSubjectSchema.extend({
  machine: z.string().max(1000),
  pid: z.int().positive(),
  birth: z.string().max(100),
  startedAt: z.iso.datetime(),
});
type Note = z.infer<typeof noteSchema>;

/** The loads of one subject during which a process ended. */
export interface Crashes {
  count: number;
  /** On the scale of Date.now(). */
  latestAtMs: number;
}

/** A note of a load under way. */
export interface LoadNote {
  /** Removes the note, as the load has ended. */
  end(): Promise<void>;
}

const NAME = /^[\w.-]+-\d+-(\d{1,15})(?:-\d+)?\.json$/;
/** More notes than this are removed, the oldest first, and so are notes older than this. */
const NOTES_MAX = 100;
const NOTE_MAX_AGE_MS = 7 * 86_400_000;
/** A larger file is no note. */
const NOTE_MAX_BYTES = 8192;
const REFRESH_MS = 2000;
/** A note that was not refreshed for this long belongs to a process that has ended, wherever it ran. */
const STALE_MS = 60_000;

const self = currentProcess();
const host = hostname().replaceAll(/[^\w.-]/g, '-');
const baseName = `${host}-${self.pid}-${Math.round(performance.timeOrigin)}`;

/**
 * The memory of loads that ended a process: each load leaves a file in `<cache>/loading` while it is under way, so that a
 * file of an ended process is a crash. Servers may share the folder. Without a writable folder there is no such memory.
 */
export class LoadNotes {
  readonly #folder: string;
  readonly #names = new Set<string>();

  /** @param cacheDir the model cache, an absolute path */
  constructor(cacheDir: string) {
    this.#folder = path.join(cacheDir, 'loading');
  }

  get folder(): string {
    return this.#folder;
  }

  /** Writes a note; does nothing if the folder cannot be written. */
  async begin(subject: LoadSubject): Promise<LoadNote> {
    const name = this.#freeName();
    const file = path.join(this.#folder, name);
    const note: Note = { ...subject, ...self, startedAt: new Date().toISOString() };
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(file, `${JSON.stringify(note)}\n`, { flush: true });
    } catch {
      this.#names.delete(name);
      return { end: () => Promise.resolve() };
    }
    const stopRefreshing = every(REFRESH_MS, () => {
      const now = new Date();
      void utimes(file, now, now).catch(() => undefined);
    });
    return {
      end: async () => {
        stopRefreshing();
        this.#names.delete(name);
        await rm(file, { force: true }).catch(() => undefined);
      },
    };
  }

  /** Counts the ended processes that were loading this subject; also removes notes beyond the bounds. */
  async crashesOf(subject: LoadSubject): Promise<Crashes> {
    const crashes = await this.#crashes(subject);
    return { count: crashes.length, latestAtMs: Math.max(0, ...crashes.map(({ atMs }) => atMs)) };
  }

  /** Removes the notes of earlier crashes, as the subject has loaded. */
  async forget(subject: LoadSubject): Promise<void> {
    for (const { file } of await this.#crashes(subject))
      await rm(file, { force: true }).catch(() => undefined);
  }

  /** Removes the notes of this process, which is stopping: loads under way do not count as crashes. */
  async endAll(): Promise<void> {
    for (const name of this.#names)
      await rm(path.join(this.#folder, name), { force: true }).catch(() => undefined);
    this.#names.clear();
  }

  #freeName(): string {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? `${baseName}.json` : `${baseName}-${number}.json`;
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      return name;
    }
  }

  async #crashes(subject: LoadSubject): Promise<{ file: string; atMs: number }[]> {
    const found: { file: string; atMs: number }[] = [];
    for (const name of await this.#boundedNames()) {
      if (this.#names.has(name)) continue;
      const file = path.join(this.#folder, name);
      const read = await readNote(file);
      if (read === undefined || !hasEnded(read.note, read.refreshedAtMs)) continue;
      if (isSame(read.note, subject)) found.push({ file, atMs: read.refreshedAtMs });
    }
    return found;
  }

  /** The names of the newest notes; removes others. Files with other names are left alone. */
  async #boundedNames(): Promise<string[]> {
    const all = await readdir(this.#folder).catch(() => []);
    const startOf = (name: string) => Number(NAME.exec(name)?.[1] ?? 0);
    const names = all.filter((name) => NAME.test(name)).toSorted((a, b) => startOf(b) - startOf(a));
    const kept = names.slice(0, NOTES_MAX);
    for (const name of names.slice(NOTES_MAX)) {
      if (!this.#names.has(name))
        await rm(path.join(this.#folder, name), { force: true }).catch(() => undefined);
    }
    return kept;
  }
}

/** Undefined for what is no note; an old file is removed. */
async function readNote(file: string): Promise<{ note: Note; refreshedAtMs: number } | undefined> {
  try {
    const { mtimeMs, size } = await stat(file);
    if (Date.now() - mtimeMs > NOTE_MAX_AGE_MS) {
      await rm(file, { force: true });
      return undefined;
    }
    if (size > NOTE_MAX_BYTES) return undefined;
    const parsed = noteSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? { note: parsed.data, refreshedAtMs: mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the process of a note has ended. It is certain on this machine, in the same boot and container. The same host
 * and process id is a restarted container. Processes elsewhere refresh their notes.
 */
function hasEnded(note: Note, refreshedAtMs: number): boolean {
  if (note.machine === self.machine) return hasProcessEnded(note);
  const hostOf = ({ machine }: { machine: string }) => machine.split(' ', 1)[0];
  if (hostOf(note) === hostOf(self) && note.pid === self.pid) return true;
  return Date.now() - refreshedAtMs > STALE_MS;
}

function isSame(note: Note, subject: LoadSubject): boolean {
  const names = ['registry', 'model', 'alias', 'version', 'etag'] as const;
  return names.every((name) => note[name] === subject[name]);
}
