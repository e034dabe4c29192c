import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  TensorBoardLog,
  remainingSeconds,
  type EpochReport,
} from '../../../src/learning/training/epoch-report.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

describe('remainingSeconds', () => {
  const last = { epoch: 2, epochs: 5, side: 60, seconds: 10 };

  it('assumes that the remaining epochs take as long as the last one', () => {
    expect(remainingSeconds(last, () => 60)).toBe(30);
  });

  it('scales the time with the area of the photos', () => {
    expect(remainingSeconds(last, (epoch) => (epoch < 4 ? 60 : 120))).toBe(10 + 10 + 40);
  });

  it('is zero after the last epoch', () => {
    expect(remainingSeconds({ ...last, epoch: 5 }, () => 60)).toBe(0);
  });
});

const report: EpochReport = {
  epoch: 1,
  epochs: 2,
  loss: 5.5,
  learningRate: 0.001,
  side: 120,
  validationMae: 7.25,
  validationAccuracy: 0.5,
  seconds: 60,
  waitingShare: 0.01,
  tensors: 99,
};

/** Splits an event file into its TFRecords: 8 bytes length, 4 bytes checksum, the data, 4 bytes checksum. */
function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    records.push(file.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return records;
}

/** Returns the values that follow a tag: in the wire format, field 2 is a 32-bit float. */
function valueOf(records: readonly Buffer[], tag: string): number[] {
  return records
    .filter((record) => record.includes(tag))
    .map((record) => record.readFloatLE(record.indexOf(tag) + tag.length + 1));
}

describe.skipIf(withoutTensorFlow !== '')(`TensorBoardLog${withoutTensorFlow}`, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tensorboard-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes the metrics of each epoch in the format of TensorBoard', async () => {
    const log = new TensorBoardLog(nativeTensorFlow!, folder);
    log.write(report);
    log.write({ ...report, epoch: 2, validationMae: 6.5 });
    const names = await readdir(folder);
    expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\./)]);
    const records = recordsOf(await readFile(path.join(folder, names[0]!)));
    expect(records[0]!.toString('latin1')).toContain('brain.Event:2');
    expect(valueOf(records, 'validation/mae_years')).toEqual([7.25, 6.5]);
    expect(valueOf(records, 'train/loss')).toEqual([5.5, 5.5]);
  });
});
