import { describe, expect, it } from 'vitest';
import { exactly } from '../../../../src/learning/dataset/age-range.ts';
import { readLabels } from '../../../../src/learning/dataset/labels/label-layout.ts';
import { formatFeedbackRecord } from '../../../../src/registry/feedback/feedback-record.ts';
import { exampleRecord } from '../../../support/feedback.ts';
import { memoryStore } from '../../../support/fakes/memory-store.ts';

const read = (objects: Record<string, Uint8Array | string>) => {
  const store = memoryStore(objects);
  return readLabels(store, store.keys);
};

describe('readLabels', () => {
  it('prefers a label table and counts the photos that it omits', async () => {
    const labels = await read({
      'labels.csv': 'file,age\n31_0_0_a.jpg,7\ngone.jpg,8\n',
      '31_0_0_a.jpg': '',
      '44_0_0_b.jpg': '',
      'notes.txt': '',
    });
    expect(labels.layout).toBe('labels.csv');
    expect(labels.files.map(({ key, age }) => [key, age])).toEqual([
      ['31_0_0_a.jpg', exactly(7)],
      ['gone.jpg', exactly(8)],
    ]);
    expect(labels.unlabeled).toBe(1);
  });

  it('reads UTKFace file names with sex, ethnicity, and split', async () => {
    const labels = await read({
      'val/100_1_4_20170112.jpg.chip.jpg': '',
      'part1/5_0_2_x.PNG': '',
      '61_3_20170109.jpg': '',
      'readme.md': '',
    });
    expect(labels).toMatchObject({
      layout: 'UTKFace file names',
      files: [
        {
          key: 'val/100_1_4_20170112.jpg.chip.jpg',
          age: exactly(100),
          split: 'val',
          groups: { sex: '1', ethnicity: '4' },
        },
        {
          key: 'part1/5_0_2_x.PNG',
          age: exactly(5),
          split: undefined,
          groups: { sex: '0', ethnicity: '2' },
        },
      ],
      unlabeled: 1,
    });
  });

  it('reads folders named after the age', async () => {
    const labels = await read({ '23/a.jpg': '', 'train/7/b.webp': '', 'misc/c.jpg': '' });
    expect(labels).toMatchObject({
      layout: 'one folder per age',
      files: [
        { key: '23/a.jpg', age: exactly(23), split: undefined, groups: {} },
        { key: 'train/7/b.webp', age: exactly(7), split: 'train', groups: {} },
      ],
      unlabeled: 1,
    });
  });

  it('reads accepted feedback records and skips pending, rejected, and damaged ones', async () => {
    const records = (['accepted', 'pending', 'rejected', 'accepted', 'accepted'] as const).map(
      (state, index) => exampleRecord({ state, age: 20 + index, name: String(index).repeat(32) }),
    );
    const objects: Record<string, string | Uint8Array> = Object.fromEntries(
      records.flatMap(({ key, record }): [string, string | Uint8Array][] => [
        [key, formatFeedbackRecord(record)],
        [record.photo.key, 'a photo'],
      ]),
    );
    const torn = { ...objects, [records[4]!.key]: '{' };
    expect(await read(torn)).toMatchObject({
      layout: 'feedback records',
      files: [0, 3].map((index) => ({
        key: records[index]!.record.photo.key,
        age: exactly(20 + index),
        split: undefined,
        groups: {},
        originalHash: Buffer.from(records[index]!.record.photo.sha256, 'hex').toString('latin1'),
      })),
      unlabeled: 3,
    });
  });

  it('explains what to do if no feedback has been accepted', async () => {
    const { key, record } = exampleRecord({ state: 'pending' });
    await expect(read({ [key]: formatFeedbackRecord(record) })).rejects.toThrow(
      /no feedback in \/memory has been accepted: run npm run feedback -- list, then accept/,
    );
  });

  it('keeps to the age folders if only a few files have UTKFace names', async () => {
    const labels = await read({ '23/a.jpg': '', '23/1_0_0_b.jpg': '', '24/c.jpg': '' });
    expect(labels.files.map(({ age }) => age)).toEqual([23, 23, 24].map(exactly));
  });

  it('ignores implausible ages', async () => {
    const labels = await read({ '131/a.jpg': '', '9/b.jpg': '' });
    expect(labels.files.map(({ age }) => age)).toEqual([exactly(9)]);
  });

  it('explains what to do if there are no labels', async () => {
    await expect(read({ 'a.jpg': '', 'b.txt': '' })).rejects.toThrow(
      /\/memory has 1 photos but no labels: add labels\.csv .* or sort them into folders/,
    );
    await expect(read({ 'labels.csv': 'file,age\n' })).rejects.toThrow(/has no rows/);
  });

  it('skips and counts hidden, system and trash files in every layout', async () => {
    const junk = {
      '.Trash-1000/files/20/a.jpg': '',
      '$RECYCLE.BIN/20/b.jpg': '',
      '20/.ipynb_checkpoints/20/c-checkpoint.jpg': '',
      '__MACOSX/20/._d.jpg': '',
      '20/._e.jpg': '',
      '20/.hidden.jpg': '',
      '20/@eaDir/20/f.jpg': '',
      'lost+found/20/g.jpg': '',
      'FOUND.000/20/h.jpg': '',
      '20/Thumbs.db': '',
      'System Volume Information/20/31_0_0_i.jpg': '',
    };
    const hidden = new Map(
      [
        ...['.Trash-1000', '$RECYCLE.BIN', '.ipynb_checkpoints', '__MACOSX', '._*', '.*'],
        ...['@eaDir', 'lost+found', 'FOUND.000', 'Thumbs.db', 'System Volume Information'],
      ].map((name): [string, number] => [name, 1]),
    );
    const layouts = [
      { '20/x.jpg': '' },
      { '20_0_0_x.jpg': '' },
      { 'labels.csv': 'file,age\nx.jpg,20\n', 'x.jpg': '' },
    ];
    for (const own of layouts) {
      const { files, unlabeled, findings } = await read({ ...junk, ...own });
      expect(files.map(({ age }) => age)).toEqual([exactly(20)]);
      expect(unlabeled).toBe(0);
      expect(findings.hidden).toEqual(hidden);
    }
  });

  it('leaves out rows that name hidden files and says so', async () => {
    const { files, findings } = await read({
      'labels.csv': 'file,age\n.Trash-1000/files/a.jpg,20\n._b.jpg,21\nc.jpg,22\n',
      '.Trash-1000/files/a.jpg': '',
      '._b.jpg': '',
      'c.jpg': '',
    });
    expect(files.map(({ key }) => key)).toEqual(['c.jpg']);
    expect(findings.notes).toContain('2 rows name hidden or system files and are left out');
    expect(findings.hidden.size).toBe(2);
  });

  it('reads every usual extension of JPEG, and counts photos in formats that are not read', async () => {
    const { files, findings } = await read({
      '20/a.jfif': '',
      '20/b.JPE': '',
      '20/c.jif': '',
      '20/d.pjpeg': '',
      '20/e.HEIC': '',
      '20/f.heic': '',
      '20/g.bmp': '',
      '20/h.cr2': '',
      '20/notes.txt': '',
    });
    expect(files).toHaveLength(4);
    expect(findings.unreadFormats).toEqual(
      new Map([
        ['heic', 2],
        ['bmp', 1],
        ['cr2', 1],
      ]),
    );
    await expect(read({ 'a.heic': '', 'b.heic': '' })).rejects.toThrow(/not read: 2 heic/);
  });

  it('recognizes splits in folders under usual names and refuses others', async () => {
    const { files } = await read({
      'Training/20/a.jpg': '',
      'validation/20/b.jpg': '',
      'VALID/20/c.jpg': '',
      'dev/20/d.jpg': '',
      'Test/20/e.jpg': '',
      'test_set/20/f.jpg': '',
      'testimonials/20/g.jpg': '',
    });
    const splits = ['train', 'val', 'val', 'val', 'test', 'test', undefined];
    expect(files.map(({ split }) => split)).toEqual(splits);
    for (const folder of ['test2', 'val_old', 'holdout', 'eval'])
      await expect(read({ [`${folder}/20/a.jpg`]: '', '20/b.jpg': '' })).rejects.toThrow(
        `the folder ${folder} looks like a split`,
      );
  });

  it('reads a table under a name in other case, and names tables that are not labels', async () => {
    const { files } = await read({ 'Labels.CSV': 'file,age\nx.jpg,20\n', 'x.jpg': '' });
    expect(files).toHaveLength(1);
    const two = { 'Labels.csv': 'file,age\nx.jpg,20\n', 'labels.tsv': 'file\tage\nx.jpg\t20\n' };
    await expect(read(two)).rejects.toThrow(/Labels\.csv and labels\.tsv: keep one/);
    await expect(read({ 'ages.csv': '', 'x.jpg': '' })).rejects.toThrow(/one of these is it: ages/);
  });

  it('leaves out groups of file names that are not named', async () => {
    const store = memoryStore({ '31_0_2_a.jpg': '' });
    const { files } = await readLabels(store, store.keys, ['sex']);
    expect(files[0]!.groups).toEqual({ sex: '0' });
  });
});
