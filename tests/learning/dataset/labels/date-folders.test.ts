import { describe, expect, it } from 'vitest';
import { readLabels } from '../../../../src/learning/dataset/labels/label-layout.ts';
import { memoryStore } from '../../../support/fakes/memory-store.ts';

const read = (...keys: string[]) => {
  const store = memoryStore(Object.fromEntries(keys.map((key) => [key, ''])));
  return readLabels(store, store.keys);
};

describe('folders that look like dates', () => {
  it.each([
    [['2019/07/31/x.jpg']],
    [['2019/07/x.jpg']],
    [['2019/31/x.jpg']],
    [['2019-07/31/x.jpg']],
    [['201907/31/x.jpg']],
    [['2019-07-31/12/x.jpg']],
    [['20190731/12/x.jpg']],
    [['31.07.2019/12/x.jpg']],
    [['train/2019/07/31/x.jpg']],
    [['2019/July/31/x.jpg', '23/y.jpg']],
    [['07 Juli/31/x.jpg']],
    [['Photos 2019/07/31/x.jpg']],
    [['07/31/x.jpg', '12/24/y.jpg']],
    [['31/12/x.jpg', '24/12/y.jpg']],
    [['2019/07-31/x.jpg']],
    [['07-30/x.jpg', '07-31/y.jpg']],
    [['12-24/x.jpg', '07-04/y.jpg']],
  ])('are refused as ages: %j', async (keys) => {
    await expect(read(...keys)).rejects.toThrow(/look like dates/);
  });

  it.each([[['2019-07-31/x.jpg']], [['20190731/x.jpg']], [['2019/x.jpg']], [['2019/July/x.jpg']]])(
    'explain why there are no labels: %j',
    async (keys) => {
      await expect(read(...keys)).rejects.toThrow(
        /no labels[^]*look like dates, which are not ages/,
      );
    },
  );

  it.each([
    [['23/x.jpg', '07/y.jpg']],
    [['train/31/x.jpg', 'val/12/y.jpg']],
    [['1/23/x.jpg', '0/45/y.jpg']],
    [['00-02/x.jpg', '03-09/y.jpg', '10-19/z.jpg']],
    [['03-09/x.jpg', '10-12/y.jpg']],
    [['set/31/x.jpg', 'UTKFace 2017/20/y.jpg']],
  ])('do not include folders of ages: %j', async (keys) => {
    expect((await read(...keys)).files).toHaveLength(keys.length);
  });
});
