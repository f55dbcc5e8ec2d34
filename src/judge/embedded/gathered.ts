interface Waiting<Item, Result> {
  item: Item
  signal: AbortSignal | undefined
  resolve(result: Result): void
  reject(reason: unknown): void
}

/**
 * Makes many small calls into few large ones: what is asked for at once, or while earlier work goes on, is done together, `most` items
 * at a time. An abort rejects a call before its next piece of work.
 *
 * @param work one result an item, in order
 */
export function gathered<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  most: number,
): (items: readonly Item[], options?: { signal?: AbortSignal }) => Promise<Result[]> {
  const waiting: Waiting<Item, Result>[] = []
  let working = false

  async function workOff() {
    working = true
    while (waiting.length > 0) {
      // what is asked for in the same turn comes along
      await new Promise(setImmediate)
      const next: typeof waiting = []
      while (next.length < most && waiting.length > 0) {
        const one = waiting.shift()!
        if (one.signal?.aborted) one.reject(one.signal.reason)
        else next.push(one)
      }
      if (next.length === 0) continue
      try {
        const results = await work(next.map(({ item }) => item))
        for (const [i, { resolve }] of next.entries()) resolve(results[i])
      } catch (error) {
        for (const { reject } of next) reject(error)
      }
    }
    working = false
  }

  return async (items, { signal } = {}) => {
    signal?.throwIfAborted()
    const results = items.map(
      (item) => new Promise<Result>((resolve, reject) => waiting.push({ item, signal, resolve, reject })),
    )
    if (!working) void workOff()
    return Promise.all(results)
  }
}
