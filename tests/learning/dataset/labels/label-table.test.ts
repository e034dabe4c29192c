import { describe, expect, it } from 'vitest';
import { exactly } from '../../../../src/learning/dataset/age-range.ts';
import { readLabelTable } from '../../../../src/learning/dataset/labels/label-table.ts';

interface Given {
  keys?: string[];
  location?: string;
  groups?: string[];
}

const readBytes = (
  bytes: Uint8Array,
  { keys = [], location = '/data/faces', groups }: Given = {},
) => readLabelTable(bytes, { name: 'labels.csv', location, keys: new Set(keys), groups });
const readAll = (text: string, given?: Given) => readBytes(Buffer.from(text), given);
const read = async (text: string, given?: Given) => (await readAll(text, given)).files;
const keysOf = async (text: string, given?: Given) =>
  (await read(text, given)).map(({ key }) => key);

describe('readLabelTable', () => {
  it('reads ages and ranges of ages', async () => {
    const files = await read('file,age\na,0\nb,20-29\nc, 70+ \nd,3 – 9\ne,10—19\nf,5−6\n');
    expect(files.map(({ age }) => age)).toEqual([
      exactly(0),
      { min: 20, max: 29 },
      { min: 70, max: 130 },
      { min: 3, max: 9 },
      { min: 10, max: 19 },
      { min: 5, max: 6 },
    ]);
  });

  it('reads ranges from two columns, beside exact ages', async () => {
    const files = await read('file,age,min_age,maxAge\na,,20,29\nb,31,,\n');
    expect(files.map(({ age }) => age)).toEqual([{ min: 20, max: 29 }, exactly(31)]);
    expect(await read('file,minAge,maxAge\na,7,7\n')).toMatchObject([{ age: exactly(7) }]);
  });

  it('takes the usual groups, or those that are named, and ignores every other column', async () => {
    const text = '\uFEFFfile,age,Sex,email,site\na.jpg,31,0,a@b,x\n b.jpg , 7 ,,c@d,y\n';
    const { files, notes } = await readAll(text);
    expect(files).toEqual([
      { key: 'a.jpg', age: exactly(31), split: undefined, groups: { sex: '0' } },
      { key: 'b.jpg', age: exactly(7), split: undefined, groups: { sex: '' } },
    ]);
    expect(notes).toEqual(['columns that are ignored, unless --groups names them: email, site']);
    const named = await readAll(text, { groups: ['site', 'emial'] });
    expect(named.files.map(({ groups }) => groups)).toEqual([{ site: 'x' }, { site: 'y' }]);
    expect(named.notes).toContain('no column emial for --groups; did you mean email?');
  });

  it('takes the split from its column, or else from the first folder if that names one', async () => {
    const files = await read(
      'file,age,split\ntrain/a.jpg,1,Test\ntrain/b.jpg,1,\ntest/c.jpg,1,\nmen/d.jpg,1,\nval,1,\n',
    );
    const splits = ['test', 'train', 'test', undefined, undefined];
    expect(files.map(({ split }) => split)).toEqual(splits);
  });

  it('recognizes usual names of splits in any case', async () => {
    const names = ['Train', 'TRAINING', 'validation', ' valid ', 'dev', 'Testing', 'Val Set'];
    const files = await read(`file,age,SPLIT\n${names.map((name) => `a,1,${name}\n`).join('')}`);
    const splits = ['train', 'train', 'val', 'val', 'val', 'test', 'val'];
    expect(files.map(({ split }) => split)).toEqual(splits);
  });

  it('shares one object among equal groups', async () => {
    const [one, two, other] = await read('file,age,sex\na,1,0\nb,2,0\nc,3,1\n');
    expect(one!.groups).toBe(two!.groups);
    expect(one!.groups).not.toEqual(other!.groups);
  });

  const rows = 'FILE NAME,Age\nmädchen.jpg,7\n"a,b.jpg",8\n';
  const utf16be = Buffer.from(rows, 'utf16le').swap16();
  it.each([
    ['UTF-8 with a byte-order mark', Buffer.from(`\uFEFF${rows}`)],
    ['UTF-16 LE', Buffer.from(`\uFEFF${rows}`, 'utf16le')],
    ['UTF-16 BE', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be])],
    ['UTF-16 LE without a mark', Buffer.from(rows, 'utf16le')],
    ['UTF-16 BE without a mark', utf16be],
    ['Windows-1252', Buffer.from(rows, 'latin1')],
    ['semicolons', Buffer.from('file;age;;\r\nmädchen.jpg;7;;\r\n"a,b.jpg";8;;\r\n;;;\r\n')],
    ['tabs', Buffer.from('File\tAge\rmädchen.jpg\t 7 \ra,b.jpg\t8\r')],
    ['bars', Buffer.from('file|age\nmädchen.jpg|7\na,b.jpg|8\n')],
    [
      'a line with the delimiter',
      Buffer.from('sep=;\r\nfile;age\r\nmädchen.jpg;7\r\na,b.jpg;8\r\n'),
    ],
    ['blank rows', Buffer.from(`\n,,\n${rows.replaceAll('\n', '\n,\n  \n\n')}`)],
    [
      'other columns first',
      Buffer.from('Name;"e-mail;2";Path;AGE\nx;y;mädchen.jpg;7\n;;a,b.jpg;8\n'),
    ],
  ])('reads a table with %s', async (_, bytes) => {
    const { files } = await readBytes(bytes);
    expect(files.map(({ key, age }) => [key, age.min])).toEqual([
      ['mädchen.jpg', 7],
      ['a,b.jpg', 8],
    ]);
  });

  it('reads a table that is larger than the parser takes at once', async () => {
    const names = Array.from(
      { length: 20_000 },
      (_, index) => `${'ä'.repeat(index % 7)}${index}.jpg`,
    );
    const keys = await keysOf(`file,age\n${names.map((name) => `${name},1\n`).join('')}`);
    expect(keys).toEqual(names);
  });

  it('says that a table is not UTF-8', async () => {
    const { notes } = await readBytes(Buffer.from('file,age\n\x80\xe9.jpg,1\n', 'latin1'));
    expect(notes).toEqual(['labels.csv is not UTF-8; it was read as Windows-1252']);
    const [file] = (await readBytes(Buffer.from('file,age\n\x80\xe9.jpg,1\n', 'latin1'))).files;
    expect(file!.key).toBe('€é.jpg');
  });

  it.each([
    ['an age that is not a number', 'file,age\na,1\nb,old\n', /line 3: the age "old" must be/],
    ['a missing age', 'file,age\na,\n', /line 2: the age ""/],
    ['an implausible age', 'file,age\na,131\n', /line 2.*from 0 to 130/],
    ['a range that ends before it starts', 'file,age\na,29-20\n', /line 2.*20-29 or 70\+/],
    ['a hexadecimal age', 'file,age\na,0x1F\n', /line 2.*age/],
    ['an exponent', 'file,age\na,1e1\n', /line 2.*age/],
    ['a sign', 'file,age\na,+5\n', /line 2.*age/],
    ['a unit', 'file,age\na," 5 years"\n', /line 2: the age "5 years"/],
    ['a fractional age', 'file,age\na,1.5\n', /line 2.*age/],
    ['a range that became a date', 'file,age\na,09-Mar\n', /format the column as text/],
    [
      'an age and a range',
      'file,age,minAge,maxAge\na,1,1,2\n',
      /line 2: it has an age and a range/,
    ],
    ['half a range', 'file,minAge,maxAge\na,70,\n', /line 2: minAge "70" and maxAge ""/],
    [
      'a split that is not known',
      'file,age,split\na,1,held\n',
      /line 2: the split "held" .*train, val/,
    ],
    [
      'a folder like a split',
      'file,age\nval2/a.jpg,1\n',
      /line 2: the folder val2 looks like a split/,
    ],
    [
      'a row with too many cells',
      'file,age\na,1,2\n',
      /line 2: it has 3 cells, and the header has 2/,
    ],
    ['a row with too few cells', 'file,age,sex\na,1\n', /line 2: it has 2 cells/],
    ['an open quote', 'file,age\n"a,1\n', /labels\.csv[^]*line 2: Quote Not Closed/],
    ['no file', 'file,age\n,1\n', /line 2: the file is empty/],
    ['a file outside the folder', 'file,age\na/../../b,1\n', /line 2: a\/..\/..\/b is outside/],
    ['an absolute path', 'file,age\n/a,1\n', /line 2: \/a is outside/],
    ['a path of another drive', 'file,age\nC:\\faces\\a.jpg,1\n', /line 2: .* is outside/],
    ['an error after an empty line', 'file,age\n\na,1\n\nb,x\n', /line 5.*age/],
    [
      'two columns of the same name',
      'file,age,Age \na,1,7\n',
      /age \(column 2\) and Age \(column 3\)/,
    ],
    ['two columns of files', 'path,image,age\na,b,1\n', /path \(column 1\) and image \(column 2\)/],
    [
      'no column of ages',
      'file;years\na;1\n',
      /needs the columns file and age.*it has: file, years/,
    ],
    ['no header', 'a.jpg,35\nb.jpg,36\n', /needs the columns file and age.*it has: a\.jpg, 35/],
    [
      'half the columns of a range',
      'file,age,minAge\na,1,2\n',
      /needs both columns minAge and maxAge/,
    ],
    ['a workbook', 'PK\x03\x04\x14', /is a workbook and not text; save it as/],
    ['zeros', 'file,age\n\0', /is not text/],
    ['nothing', '', /needs the columns file and age.*it has: none/],
  ])('refuses %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ name: 'LabelsError' });
  });

  it('reports all bad rows at once with the columns, and counts those beyond the first', async () => {
    const bad = Array.from({ length: 25 }, (_, index) => `${index}.jpg;x${index}\n`).join('');
    const error: unknown = await read(
      `Datei-Pfad;file;age\n;a.jpg;1\n${bad.replaceAll(/^/gm, ';').slice(0, -1)}`,
    ).catch((caught: unknown) => caught);
    const lines = (error as Error).message.split('\n');
    expect(lines[0]).toBe(
      '25 rows of labels.csv cannot be used (its columns are Datei-Pfad, file, age):',
    );
    expect(lines[1]).toMatch(/line 3: the age "x0"/);
    expect(lines).toHaveLength(22);
    expect(lines[21]).toBe('  and 5 more');
  });

  it('normalizes paths', async () => {
    const text = 'file,age\n./a//b.jpg,1\nmen\\c.jpg,2\n.\\men\\\\d.jpg,3\n/data/faces/e.jpg,4\n';
    expect(await keysOf(text)).toEqual(['a/b.jpg', 'men/c.jpg', 'men/d.jpg', 'e.jpg']);
    const there = { location: 's3://bucket/faces' };
    expect(await keysOf('file,age\ns3://bucket/faces/a.jpg,1\n', there)).toEqual(['a.jpg']);
    const windows = { location: 'C:\\faces' };
    expect(await keysOf('file,age\nC:\\faces\\men\\a.jpg,1\n', windows)).toEqual(['men/a.jpg']);
  });

  it('finds names that differ in Unicode form, or only in case if one file fits', async () => {
    const [composed, decomposed] = ['é.jpg'.normalize('NFC'), 'é.jpg'.normalize('NFD')];
    const keys = [decomposed, 'B.JPG', 'c.jpg', 'C.jpg', 'd.jpg'];
    const text = `file,age\n${composed},1\nb.jpg,2\nC.JPG,3\nd.jpg,4\nD.jpg,5\n`;
    expect(await keysOf(text, { keys })).toEqual([decomposed, 'B.JPG', 'C.JPG', 'd.jpg', 'D.jpg']);
    const { notes } = await readAll(text, { keys });
    expect(notes).toEqual(['1 names differ from the files in upper and lower case']);
    const back = await keysOf(`file,age\n${decomposed},1\n`, { keys: [composed] });
    expect(back).toEqual([composed]);
  });
});
