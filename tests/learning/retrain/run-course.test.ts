import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../../src/learning/retrain/journal.ts';
import { RunCourse, StatusFile } from '../../../src/learning/retrain/run-progress.ts';
import { readRetrainStatus } from '../../../src/registry/retrain-record.ts';
import { exampleJournal } from '../../support/models/example-journal.ts';

let folder: string;
let status: StatusFile;
let nowMs: number;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'course-'));
  nowMs = Date.parse('2026-11-25T12:00:00Z');
  status = new StatusFile(path.join(folder, 'status.json'), 'before', () => nowMs);
  await status.begin();
});
afterEach(() => rm(folder, { recursive: true }));

const journal = () => readJournal(path.join(folder, 'journal.json'));
const statusAtEnd = async () => {
  await status.end(undefined, []);
  return readRetrainStatus(path.join(folder, 'status.json'));
};
function newCourse(): RunCourse {
  return new RunCourse({
    journalFile: path.join(folder, 'journal.json'),
    status,
    nowMs: () => nowMs,
  });
}

describe('RunCourse', () => {
  it('writes the journal once the run has begun, with the time of each stage', async () => {
    const course = newCourse();
    await course.enter('fetch');
    nowMs += 2000;
    expect(await journal()).toBeUndefined();
    await course.begin(exampleJournal());
    await course.enter('train');
    nowMs += 60_000;
    await course.enter('publish');
    await course.note({ version: 4, start: 'version 3' });
    nowMs += 500;
    await course.leave();
    expect(await journal()).toEqual(
      exampleJournal({
        stage: 'publish',
        version: 4,
        start: 'version 3',
        seconds: { fetch: 2, train: 60, publish: 0.5 },
      }),
    );
  });

  it('adds the time of a resuming process to that of the earlier ones', async () => {
    const course = newCourse();
    await course.begin(exampleJournal({ seconds: { fetch: 1, train: 100 } }));
    await course.enter('train');
    nowMs += 20_000;
    await course.leave();
    expect((await journal())?.seconds).toEqual({ fetch: 1, train: 120 });
    expect(course.seconds).toEqual({ fetch: 1, train: 120 });
  });

  it('reports the run, the stage and the version in the status file', async () => {
    const course = newCourse();
    await course.begin(exampleJournal({ version: 4 }));
    nowMs += 1000;
    await course.enter('gate');
    expect(await statusAtEnd()).toMatchObject({
      runId: exampleJournal().runId,
      stage: 'gate',
      startedAt: '2026-11-25T12:00:00.000Z',
      stageStartedAt: '2026-11-25T12:00:01.000Z',
      version: 4,
    });
  });
});

describe('StatusFile', () => {
  it('limits how often it writes progress, and drops it when the stage changes', async () => {
    const at = (done: number) => status.progress({ done, total: 9, unit: 'photos' });
    at(1);
    at(2);
    expect((await statusAtEnd())?.progress?.done).toBe(1);
    nowMs += 1000;
    at(3);
    expect((await statusAtEnd())?.progress?.done).toBe(3);
    status.stage('train');
    expect(await statusAtEnd()).not.toHaveProperty('progress');
  });

  it('reports the outcome and its reasons', async () => {
    await status.end('refuse', ['worse']);
    const file = path.join(folder, 'status.json');
    expect(await readRetrainStatus(file)).toMatchObject({ outcome: 'refuse', reasons: ['worse'] });
  });

  it('fails at the start if it cannot be written, and ignores later write errors', async () => {
    const file = path.join(folder, 'status.json/below');
    await expect(new StatusFile(file, 'run').begin()).rejects.toThrow(/ENOTDIR|EEXIST/);
    const silent = new StatusFile(undefined, 'run');
    await silent.begin();
    await silent.end('hold', []);
    const lost = new StatusFile(file, 'run');
    lost.stage('gate');
    await lost.end('hold', []);
  });
});
