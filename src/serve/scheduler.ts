/** There is no room for more; worth trying again after so many seconds. */
export class QueueFull extends Error {
  override name = 'QueueFull'
  readonly retryAfter: number
  constructor(retryAfter: number) {
    super(`the queue is full; try again in ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

export interface SchedulerOptions<Item, Result> {
  /** Results in the order of the items. The signal aborts when nobody waits for any of them any more. */
  run: (items: Item[], signal: AbortSignal) => Promise<Result[]>
  /** Most items of a run. */
  batch: number
  /** Most runs under way at a time. */
  ahead: number
  /** Most items that wait for a run. */
  queue: number
  /** ms; for Retry-After. */
  now?: () => number
}

/** What a scheduler has done since it was made. */
export interface SchedulerCounts {
  items: number
  batches: number
  failedBatches: number
  /** Requests that there was no room for. */
  refused: number
  /** Requests given up before they were done: the client left, or a deadline passed. */
  abandoned: number
}

export interface Scheduler<Item, Result> {
  /**
   * Results in the order of the items, which may come from several runs. A signal that aborts frees the places of those that wait.
   * @throws QueueFull; the signal's reason; what `run` throws of these items
   */
  submit(items: readonly Item[], signal?: AbortSignal): Promise<Result[]>
  /** Items that wait, and runs under way. */
  load(): { waiting: number; running: number }
  counts(): SchedulerCounts
}

interface Job<Item, Result> {
  items: readonly Item[]
  results: Result[]
  /** The first item that is in no run yet. */
  next: number
  /** Items without a result. */
  open: number
  over: boolean
  runs: Set<Run>
  resolve(results: Result[]): void
  reject(error: unknown): void
}

/** A run, and how many jobs wait for it. */
interface Run {
  waiting: number
  controller: AbortController
}

/** Items of one job that are run together. */
interface Part<Item, Result> {
  job: Job<Item, Result>
  from: number
  to: number
}

/**
 * Makes full batches of the items of many requests. It waits for nothing: what comes while a run is under way is the next one. Requests
 * take turns of an eighth of a batch, so a huge one slows small ones by little. Where a run of several requests fails each is
 * run again alone: nobody's items harm another's.
 */
export function createScheduler<Item, Result>({
  run,
  batch,
  ahead,
  queue,
  now = () => performance.now(),
}: SchedulerOptions<Item, Result>): Scheduler<Item, Result> {
  const turn = Math.max(1, Math.floor(batch / 8))
  /** Jobs with items that wait, the next one first. */
  const waiting: Job<Item, Result>[] = []
  const counts: SchedulerCounts = { items: 0, batches: 0, failedBatches: 0, refused: 0, abandoned: 0 }
  let [places, running] = [0, 0]
  let starting = false
  /** ms that an item takes, of late; undefined before the first run. */
  let pace: number | undefined
  let lastEnd = Number.NEGATIVE_INFINITY

  /** Once the requests that came together are all in. */
  const startSoon = () => {
    if (starting) return
    starting = true
    setImmediate(() => {
      starting = false
      while (running < ahead && waiting.length > 0) void start(nextParts())
    })
  }

  const nextParts = (): Part<Item, Result>[] => {
    const parts: Part<Item, Result>[] = []
    let room = batch
    while (room > 0 && waiting.length > 0) {
      const job = waiting.shift() as Job<Item, Result>
      const to = Math.min(job.items.length, job.next + Math.min(turn, room))
      const before = parts.find((part) => part.job === job)
      if (before) before.to = to
      else parts.push({ job, from: job.next, to })
      room -= to - job.next
      places -= to - job.next
      job.next = to
      if (to < job.items.length) waiting.push(job)
    }
    return parts
  }

  const start = async (parts: Part<Item, Result>[]) => {
    running++
    const begin = now()
    await runParts(parts)
    running--
    const size = parts.reduce((sum, { from, to }) => sum + to - from, 0)
    const each = (now() - Math.max(begin, lastEnd)) / size
    lastEnd = now()
    pace = pace === undefined ? each : 0.8 * pace + 0.2 * each
    startSoon()
  }

  const runParts = async (parts: Part<Item, Result>[]): Promise<void> => {
    const wanted = parts.filter(({ job }) => !job.over)
    if (wanted.length === 0) return
    const items = wanted.flatMap(({ job, from, to }) => job.items.slice(from, to))
    const under: Run = { waiting: wanted.length, controller: new AbortController() }
    for (const { job } of wanted) job.runs.add(under)
    counts.batches++
    counts.items += items.length
    try {
      const results = await run(items, under.controller.signal)
      if (results.length !== items.length)
        throw new Error(`gave ${results.length} results of ${items.length} items`)
      let at = 0
      for (const { job, from, to } of wanted) {
        for (let i = from; i < to; i++) job.results[i] = results[at++]
        job.open -= to - from
        if (job.open === 0) end(job, () => job.resolve(job.results))
      }
    } catch (error) {
      if (!under.controller.signal.aborted) counts.failedBatches++
      if (wanted.length > 1) await Promise.all(wanted.map((part) => runParts([part])))
      else end(wanted[0].job, () => wanted[0].job.reject(error))
    } finally {
      for (const { job } of wanted) job.runs.delete(under)
    }
  }

  /** Settles a job, once, and gives up its places. */
  const end = (job: Job<Item, Result>, settle: () => void) => {
    if (job.over) return
    job.over = true
    const place = waiting.indexOf(job)
    if (place !== -1) {
      waiting.splice(place, 1)
      places -= job.items.length - job.next
    }
    for (const under of job.runs) if (--under.waiting === 0) under.controller.abort()
    settle()
  }

  return {
    async submit(items, signal) {
      signal?.throwIfAborted()
      if (items.length === 0) return []
      if (places + items.length > queue) {
        counts.refused++
        throw new QueueFull(Math.min(60, Math.max(1, Math.ceil((places * (pace ?? 0)) / 1000))))
      }
      return new Promise((resolve, reject) => {
        const leave = () =>
          end(job, () => {
            counts.abandoned++
            reject(signal?.reason)
          })
        const job: Job<Item, Result> = {
          items,
          results: [],
          next: 0,
          open: items.length,
          over: false,
          runs: new Set(),
          resolve(results) {
            signal?.removeEventListener('abort', leave)
            resolve(results)
          },
          reject(error) {
            signal?.removeEventListener('abort', leave)
            reject(error)
          },
        }
        signal?.addEventListener('abort', leave)
        waiting.push(job)
        places += items.length
        startSoon()
      })
    },
    load: () => ({ waiting: places, running }),
    counts: () => ({ ...counts }),
  }
}
