/**
 * Runs jobs with at most `ahead` of them under way and yields their results in the order of the jobs: while one result
 * is used, the next ones are made. Jobs are drawn only as room appears, so endless ones are fine. The first job that
 * fails ends it.
 *
 * @param signal ends it at once by throwing the signal's reason; jobs under way are left to themselves
 */
export async function* inOrder<T>(
  jobs: Iterable<() => Promise<T>> | AsyncIterable<() => Promise<T>>,
  ahead: number,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const { aborted, forget } = abortion(signal)
  const underWay: Promise<T>[] = []
  const next = async () => {
    const result = await Promise.race([underWay.shift() as Promise<T>, aborted])
    signal?.throwIfAborted()
    return result
  }
  try {
    signal?.throwIfAborted()
    for await (const job of jobs) {
      signal?.throwIfAborted()
      const result = job()
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      result.catch(() => {})
      underWay.push(result)
      if (underWay.length >= ahead) yield await next()
    }
    while (underWay.length > 0) yield await next()
  } finally {
    forget()
  }
}

/** A promise that fails when the signal aborts. */
function abortion(signal: AbortSignal | undefined): { aborted: Promise<never>; forget: () => void } {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason)
  })
  aborted.catch(() => {})
  signal?.addEventListener('abort', stop)
  return { aborted, forget: () => signal?.removeEventListener('abort', stop) }
}
