import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentProcess } from '../../../src/common/process/process-identity.ts';
import { LoadNotes, type LoadSubject } from '../../../src/serving/lifecycle/load-notes.ts';

const subject: LoadSubject = {
  registry: './models',
  model: 'face-age',
  alias: 'production',
  version: 2,
  etag: 'e1',
  sha256: 'a'.repeat(64),
};

let cache: string;
let folder: string;
let notes: LoadNotes;

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'face-age-notes-'));
  folder = path.join(cache, 'loading');
  notes = new LoadNotes(cache);
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

/** Writes the note of another process. */
async function write(name: string, overrides: object = {}, ageMs = 0): Promise<void> {
  await mkdir(folder, { recursive: true });
  const self = currentProcess();
  const note = {
    ...subject,
    ...self,
    pid: endedPid(),
    birth: '1',
    startedAt: new Date().toISOString(),
    ...overrides,
  };
  const file = path.join(folder, name);
  await writeFile(file, JSON.stringify(note));
  const at = new Date(Date.now() - ageMs);
  await utimes(file, at, at);
}

const crashes = async (): Promise<number> => (await notes.crashesOf(subject)).count;

describe('a load', () => {
  it('leaves a note while it is under way, with version, graph and state of the alias', async () => {
    const note = await notes.begin(subject);
    const [name] = await readdir(folder);
    expect(name).toMatch(new RegExp(`^[\\w.-]+-${process.pid}-\\d+\\.json$`));
    expect(JSON.parse(await readFile(path.join(folder, name!), 'utf8'))).toMatchObject(subject);
    expect(await crashes()).toBe(0);
    await note.end();
    expect(await readdir(folder)).toEqual([]);
  });

  it('has a note of its own beside another of the same process', async () => {
    const both = [await notes.begin(subject), await notes.begin({ ...subject, alias: 'canary' })];
    expect(await readdir(folder)).toHaveLength(2);
    await notes.endAll();
    expect(await readdir(folder)).toEqual([]);
    for (const note of both) await note.end();
  });
});

describe('the note of an ended process', () => {
  it('counts as a crash of its subject alone', async () => {
    await write('host-1-100.json');
    await write('host-2-101.json');
    await write('host-3-102.json', { etag: 'e2' });
    await write('host-4-103.json', { version: 3 });
    await write('host-5-104.json', { registry: 's3://other' });
    expect(await crashes()).toBe(2);
    await notes.forget(subject);
    expect(await crashes()).toBe(0);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('does not count while the process runs', async () => {
    await write('host-1-100.json', currentProcess());
    expect(await crashes()).toBe(0);
  });

  it('counts where a container was restarted under the same host name and process id', async () => {
    const machine = `${hostname()} boot pid:[1]`;
    await write('host-1-100.json', { machine, pid: process.pid });
    expect(await crashes()).toBe(1);
  });

  it('on another host counts once it is no longer refreshed', async () => {
    const machine = 'elsewhere boot pid:[1]';
    await write('host-1-100.json', { machine }, 10_000);
    expect(await crashes()).toBe(0);
    await write('host-1-100.json', { machine }, 61_000);
    expect(await crashes()).toBe(1);
  });
});

describe('the folder of notes', () => {
  it('may hold anything', async () => {
    await mkdir(path.join(folder, 'host-1-1.json'), { recursive: true });
    await writeFile(path.join(folder, 'host-2-2.json'), '{"version":');
    await writeFile(path.join(folder, 'host-3-3.json'), 'x'.repeat(100_000));
    await writeFile(path.join(folder, 'readme.txt'), 'x');
    await write('host-4-4.json', { version: 'two' });
    await write('host-5-5.json');
    expect(await crashes()).toBe(1);
    expect(await readdir(folder)).toContain('readme.txt');
  });

  it('is bounded in number and age', async () => {
    await write('host-1-1.json', {}, 8 * 86_400_000);
    for (let start = 1000; start < 1120; start += 1)
      await writeFile(path.join(folder, `host-9-${start}.json`), '{}');
    expect(await crashes()).toBe(0);
    expect(await readdir(folder)).toHaveLength(100);
    for (const name of await readdir(folder)) await rm(path.join(folder, name));
    await write('host-1-1.json', {}, 8 * 86_400_000);
    expect(await crashes()).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('may be a file or read-only: then nothing is remembered, and loads go on', async () => {
    await writeFile(folder, 'a file');
    const note = await notes.begin(subject);
    expect(await crashes()).toBe(0);
    await note.end();
    await rm(folder);
    await mkdir(folder);
    await chmod(folder, 0o500);
    await (await notes.begin(subject)).end();
    await chmod(folder, 0o700);
  });
});
