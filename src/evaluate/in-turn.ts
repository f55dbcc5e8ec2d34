/** A piece of work that may have to wait for others. */
export interface Piece {
  ready(): boolean
  work(): Promise<void>
}

/**
 * Does pieces, at most `lanes` at a time: whenever there is room, the first of the list that is ready. When one fails, no other is begun, and the
 * failure is thrown once those under way have ended. After a stop by `signal` its reason is thrown, whatever failed of it.
 */
export async function inTurn(pieces: readonly Piece[], lanes: number, signal?: AbortSignal): Promise<void> {
  const waiting = [...pieces]
  const underWay = new Set<Promise<void>>()
  let failed: { error: unknown } | undefined
  while (failed === undefined) {
    const next = underWay.size < lanes ? waiting.findIndex((piece) => piece.ready()) : -1
    if (next >= 0) {
      const [piece] = waiting.splice(next, 1)
      const done = piece
        .work()
        .catch((error) => {
          failed ??= { error }
        })
        .finally(() => underWay.delete(done))
      underWay.add(done)
    } else if (underWay.size > 0) await Promise.race(underWay)
    else if (waiting.length > 0) throw new Error('what is left waits for what never comes')
    else return
  }
  await Promise.all(underWay)
  signal?.throwIfAborted()
  throw failed.error
}
