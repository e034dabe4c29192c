import { describe, expect, it } from 'vitest';
import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { readLabelTable } from '../../../src/learning/dataset/label-table.ts';

const read = (text: string) => readLabelTable(Buffer.from(text));

describe('readLabelTable', () => {
  it('reads ages and ranges of ages', async () => {
    const files = await read('file,age\na,0\nb,20-29\nc, 70+ \nd,3 – 9\n');
    expect(files.map(({ age }) => age)).toEqual([
      exactly(0),
      { min: 20, max: 29 },
      { min: 70, max: 130 },
      { min: 3, max: 9 },
    ]);
  });

  it('treats every other column as a group', async () => {
    expect(await read('\uFEFFfile,age,sex,site\na.jpg,31,0,x\n b.jpg , 7 ,,y\n')).toEqual([
      { key: 'a.jpg', age: exactly(31), split: undefined, groups: { sex: '0', site: 'x' } },
      { key: 'b.jpg', age: exactly(7), split: undefined, groups: { sex: '', site: 'y' } },
    ]);
  });

  it('takes the split from its column, or else from the first folder if that names one', async () => {
    const files = await read(
      'file,age,split\ntrain/a.jpg,1,held\ntrain/b.jpg,1,\ntest/c.jpg,1,\nmen/d.jpg,1,\nval,1,\n',
    );
    expect(files.map(({ split }) => split)).toEqual([
      'held',
      'train',
      'test',
      undefined,
      undefined,
    ]);
  });

  it('shares one object among equal groups', async () => {
    const [one, two, other] = await read('file,age,sex\na,1,0\nb,2,0\nc,3,1\n');
    expect(one!.groups).toBe(two!.groups);
    expect(one!.groups).not.toEqual(other!.groups);
  });

  it.each([
    ['an age that is not a number', 'file,age\na,1\nb,old\n', /line 3.*age/s],
    ['a missing age', 'file,age\na,\n', /line 2.*age/s],
    ['an implausible age', 'file,age\na,131\n', /line 2.*age/s],
    ['a range that ends before it starts', 'file,age\na,29-20\n', /line 2.*20-29 or 70\+/s],
    ['a hexadecimal age', 'file,age\na,0x1F\n', /line 2.*age/s],
    ['a fractional age', 'file,age\na,1.5\n', /line 2.*age/s],
    ['a row with too many cells', 'file,age\na,1,2\n', /labels\.csv: .*line 2/],
    ['a file outside the folder', 'file,age\na/../../b,1\n', /line 2: a\/..\/..\/b is outside/],
    ['an absolute path', 'file,age\n/a,1\n', /line 2: \/a is outside/],
    ['an error after an empty line', 'file,age\n\na,1\n\nb,x\n', /line 5.*age/s],
  ])('rejects %s and names the line', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ name: 'LabelsError' });
  });

  it('normalizes paths', async () => {
    expect((await read('file,age\n./a//b.jpg,1\n'))[0]!.key).toBe('a/b.jpg');
  });
});
