/**
 * Works on several things at a time and gives the results in the order of the things, each as soon as it and all before it
 * are there. No more than `concurrency` are begun beyond those that have been taken, so memory stays bounded however many
 * there are.
 * @param work must not reject
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const underWay: Promise<Result>[] = [];
  let index = 0;
  for await (const item of items) {
    underWay.push(work(item, index));
    index += 1;
    if (underWay.length >= concurrency) yield await underWay.shift()!;
  }
  while (underWay.length > 0) yield await underWay.shift()!;
}
