/**
 * Processes several items at a time and yields the results in the order of the items. At most `concurrency` items are
 * started ahead of the results that have been consumed, so memory stays bounded for any number of items.
 * @param work must not reject
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const pending: Promise<Result>[] = [];
  let index = 0;
  for await (const item of items) {
    pending.push(work(item, index));
    index += 1;
    if (pending.length >= concurrency) yield await pending.shift()!;
  }
  while (pending.length > 0) yield await pending.shift()!;
}
