import { InputError } from '../reasoning/errors.ts'
import type { TreeRun } from '../transformer/tree-attention.ts'
import { findPath, type Prefix, PrefixCache, type Tree } from './prefix-cache.ts'
import type { ToScore } from './scoring.ts'

/** Tokens that were run through the reward model, and those that would have been had every solution been scored alone. */
export interface ScoringUsage {
  tokens: number
  reused: number
}

export interface ScoreQueue {
  /**
   * What is read at each step of each solution, in order. Builds on what was scored before with the same tree.
   * @throws InputError on what is no solution, one without steps, or one that does not fit the context; the signal's reason
   */
  readOuts(solutions: readonly ToScore[], tree: Tree, signal?: AbortSignal): Promise<number[][]>
  usage(): ScoringUsage
}

export interface ScoreQueueOptions {
  /** Runs the new pieces of a tree: one number for each. Several runs may be under way. */
  run: (run: TreeRun) => Promise<number[]>
  /** Tokens of a problem, and of a step. */
  encode: { problem: (text: string) => number[]; step: (text: string) => number[] }
  contextLength: number
  /** Tokens whose keys and values there is room for: at least `contextLength`. */
  slots: number
  /** Runs under way at a time. */
  ahead: number
}

/** Attention scores (new tokens x tokens they may see) of a run: more cost more a token than longer runs save. */
const runScores = 16_384

/** A call, and what it has come to. */
interface Call {
  tree: Tree
  results: number[][]
  /** Solutions without a result. */
  open: number
  failed: boolean
  resolve(results: number[][]): void
  reject(error: unknown): void
}

/** A solution of a call: its problem and steps, and its place there. */
interface Waiting {
  call: Call
  texts: string[]
  place: number
}

/** What is run together: the `fresh` prefixes on top of the `known` ones; and the solutions for which it is done. */
interface Batch {
  known: Set<Prefix>
  fresh: Set<Prefix>
  covered: { waiting: Waiting; path: Prefix[] }[]
}

/**
 * Cuts solutions into runs of new problems and steps, each on top of what it follows; nothing that is in the cache, or on
 * its way, is run again. What is run together is of one call and one problem, and decided by order alone, never by timing or
 * by other problems: the same calls give the same bits, unless the cache overflows.
 */
export function createScoreQueue({
  run,
  encode,
  contextLength,
  slots,
  ahead,
}: ScoreQueueOptions): ScoreQueue {
  const cache = new PrefixCache(slots)
  const queue: Waiting[] = []
  let underWay = 0
  let [tokens, total] = [0, 0]

  const startAll = () => {
    while (underWay < ahead && start());
  }

  /** Starts the next run; false where nothing waits, or there is no room before another run is over. */
  const start = (): boolean => {
    const batch: Batch = { known: new Set(), fresh: new Set(), covered: [] }
    while (queue.length > 0 && cover(queue[0], batch)) queue.shift()
    if (batch.fresh.size > 0) launch(batch)
    for (const { waiting, path } of batch.covered) {
      total += lengthOf(path)
      const steps = path.slice(1)
      Promise.all(steps.map((step) => step.run)).then(
        () =>
          finish(
            waiting,
            steps.map((step) => step.readOut),
          ),
        (error) => fail(waiting.call, error),
      )
    }
    return batch.fresh.size > 0
  }

  /** Adds what a solution lacks to a batch; false where it must wait for another one. */
  const cover = (waiting: Waiting, batch: Batch): boolean => {
    const { texts, call } = waiting
    if (call.failed) return true
    if (batch.fresh.size > 0 && call !== batch.covered.at(-1)?.waiting.call) return false
    const path = findPath(call.tree, texts)
    let rest: ReturnType<typeof encodeText>[]
    try {
      rest = texts.slice(path.length).map((text, i) => encodeText(text, path.length + i))
    } catch (error) {
      // what cannot be read takes no other call with it
      fail(call, error)
      return true
    }
    if (rest.length > 0) {
      const length = lengthOf(path) + rest.reduce((sum, { ids }) => sum + ids.length, 0)
      if (length > contextLength) {
        fail(call, tooLong(length, contextLength))
        return true
      }
      if (batch.fresh.size > 0 && !goesWith(batch, path, length)) return false
      const found = path.length
      if (!cache.extend(call.tree, path, rest)) return false
      const below = path.slice(0, found).filter((each) => !batch.known.has(each) && !batch.fresh.has(each))
      for (const each of below) batch.known.add(each)
      for (const each of path.slice(found)) batch.fresh.add(each)
      for (const each of [...below, ...path.slice(found)]) each.uses++
    }
    cache.touch(path)
    batch.covered.push({ waiting, path })
    return true
  }

  const encodeText = (text: string, depth: number) => ({
    text,
    ids: depth === 0 ? encode.problem(text) : encode.step(text),
  })

  const launch = ({ known, fresh }: Batch) => {
    const all = [...known, ...fresh]
    const places = new Map(all.map((prefix, i) => [prefix, i]))
    const pieces = all.map(({ parent, ids, slots }) => ({
      after: parent && (places.get(parent) as number),
      ids,
      slots,
    }))
    underWay++
    tokens += lengthOf(fresh)
    const over = Promise.all([...known].map((prefix) => prefix.run))
      .then(() => run({ pieces, known: known.size }))
      .then((readOuts) => {
        for (const [i, prefix] of [...fresh].entries()) {
          prefix.readOut = readOuts[i]
          prefix.run = undefined
        }
      })
      .catch((error) => {
        for (const prefix of fresh) cache.drop(prefix)
        throw error
      })
      .finally(() => {
        for (const prefix of all) prefix.uses--
        underWay--
        startAll()
      })
    for (const prefix of fresh) prefix.run = over
  }

  return {
    async readOuts(solutions, tree, signal) {
      signal?.throwIfAborted()
      if (!solutions.every(isOfTexts))
        throw new InputError('a solution is of a problem and steps, all of them texts', {
          fix: "Give it as { problem: 'text', steps: ['text', 'text'] }.",
        })
      if (solutions.some(({ steps }) => steps.length === 0))
        throw new InputError('a solution without steps has nothing to score')
      if (solutions.length === 0) return []
      let stop = () => {}
      const results = new Promise<number[][]>((resolve, reject) => {
        const call = { tree, results: [], open: solutions.length, failed: false, resolve, reject }
        stop = () => fail(call, signal?.reason)
        const waiting = solutions.map(({ problem, steps }, place) => ({
          call,
          texts: [problem, ...steps],
          place,
        }))
        // neighbours share most
        queue.push(...waiting.sort((a, b) => compare(a.texts, b.texts)))
        startAll()
      })
      signal?.addEventListener('abort', stop)
      return results.finally(() => signal?.removeEventListener('abort', stop))
    },
    usage: () => ({ tokens, reused: total - tokens }),
  }
}

function isOfTexts(solution: Partial<ToScore> | null | undefined): boolean {
  const { problem, steps } = solution ?? {}
  const isText = (given: unknown) => typeof given === 'string'
  return isText(problem) && Array.isArray(steps) && steps.every(isText)
}

function finish({ call, place }: Waiting, readOuts: number[]): void {
  call.results[place] = readOuts
  if (--call.open === 0) call.resolve(call.results)
}

function fail(call: Call, error: unknown): void {
  call.failed = true
  call.reject(error)
}

/** Whether a solution of `length` tokens, of which those of `path` are there, may join what is in a batch already. */
function goesWith({ known, fresh }: Batch, path: readonly Prefix[], length: number): boolean {
  const [problem] = known.size > 0 ? known : fresh
  if (path[0] !== problem) return false
  const time = lengthOf(fresh) + length - lengthOf(path)
  const past = lengthOf(new Set([...known, ...path.filter((prefix) => !fresh.has(prefix))]))
  return time * (past + time) <= runScores
}

function lengthOf(prefixes: Iterable<Prefix>): number {
  let length = 0
  for (const { ids } of prefixes) length += ids.length
  return length
}

function tooLong(length: number, contextLength: number): InputError {
  return new InputError(`${length} tokens do not fit the model's context of ${contextLength}`, {
    fix: 'Shorten the problem or the steps, or use a model with a longer context.',
  })
}

function compare(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, i) => text !== b[i])
  if (at < 0) return a.length - b.length
  return at >= b.length || a[at] > b[at] ? 1 : -1
}
