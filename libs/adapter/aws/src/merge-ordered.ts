/** One stream of streams that are in the order of `compare` themselves, each read no further than needed. */
export async function* mergeOrdered<Item>(streams: AsyncIterable<Item>[], compare: (a: Item, b: Item) => number): AsyncGenerator<Item> {
  const sources = streams.map((stream) => stream[Symbol.asyncIterator]());
  const heads = await Promise.all(sources.map((source) => source.next()));
  try {
    for (;;) {
      let first: { index: number; value: Item } | undefined;
      for (const [index, head] of heads.entries()) {
        if (!head.done && (first === undefined || compare(head.value, first.value) < 0)) first = { index, value: head.value };
      }
      if (!first) return;
      yield first.value;
      const next = await sources[first.index]?.next();
      if (next) heads[first.index] = next;
    }
  } finally {
    for (const source of sources) await source.return?.();
  }
}
