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
   * @throws InputError on a solution without steps, or one that does not fit the context
   */
  readOuts(solutions: readonly ToScore[], tree: Tree): Promise<number[][]>
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

interface Waiting {
  /** The problem and the steps. */
  texts: string[]
  tree: Tree
  done(readOuts: number[]): void
  failed(error: unknown): void
}

/**
 * Cuts solutions into runs of new problems and steps, each on top of what it follows; nothing that is in the cache, or on
 * its way, is run again. What is run together is one problem's, and decided by order alone, never by timing or by other
 * problems: the same calls give the same bits, unless the cache overflows.
 */
export function createScoreQueue(options: ScoreQueueOptions): ScoreQueue {
  const { run, encode, contextLength, slots, ahead } = options
  const cache = new PrefixCache(slots)
  let queue: Waiting[] = []
  let underWay = 0
  let [tokens, total] = [0, 0]

  /** Starts the next run; false where nothing waits, or there is no room before another run is over. */
  const start = (): boolean => {
    const known = new Set<Prefix>()
    const fresh = new Set<Prefix>()
    const covered: { waiting: Waiting; path: Prefix[] }[] = []
    let problem: Prefix | undefined
    let [past, time] = [0, 0]
    while (queue.length > 0) {
      const [waiting] = queue
      const { texts, tree } = waiting
      if (problem !== undefined && tree.get(texts[0]) !== problem) break
      const path = findPath(tree, texts)
      const rest = texts.slice(path.length)
      if (rest.length > 0) {
        const ids = rest.map((text, i) => (path.length + i === 0 ? encode.problem(text) : encode.step(text)))
        const length = lengthOf(path) + ids.reduce((sum, each) => sum + each.length, 0)
        if (length > contextLength) {
          waiting.failed(tooLong(length, contextLength))
          continue
        }
        const below = path.filter((prefix) => !known.has(prefix) && !fresh.has(prefix))
        const wider = past + lengthOf(below)
        const longer = time + length - lengthOf(path)
        if (fresh.size > 0 && longer * (wider + longer) > runScores) break
        const found = path.length
        if (!cache.extend(tree, path, rest, ids)) break
        for (const prefix of below) known.add(prefix)
        for (const prefix of path.slice(found)) fresh.add(prefix)
        for (const prefix of [...below, ...path.slice(found)]) prefix.uses++
        problem = path[0]
        past = wider
        time = longer
      }
      queue.shift()
      cache.touch(path)
      covered.push({ waiting, path })
    }
    if (fresh.size > 0) launch(known, fresh)
    tokens += time
    for (const { waiting, path } of covered) {
      total += lengthOf(path)
      const steps = path.slice(1)
      Promise.all(steps.map((step) => step.run)).then(
        () => waiting.done(steps.map((step) => step.readOut)),
        waiting.failed,
      )
    }
    return fresh.size > 0
  }

  const launch = (known: ReadonlySet<Prefix>, fresh: ReadonlySet<Prefix>) => {
    const all = [...known, ...fresh]
    const places = new Map(all.map((prefix, i) => [prefix, i]))
    const pieces = all.map(({ parent, ids, slots }) => ({
      after: parent && (places.get(parent) as number),
      ids,
      slots,
    }))
    underWay++
    const below = Promise.all([...known].map((prefix) => prefix.run))
    const over = below
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

  const startAll = () => {
    while (underWay < ahead && start());
  }

  return {
    async readOuts(solutions, tree) {
      if (solutions.some(({ steps }) => steps.length === 0))
        throw new InputError('a solution without steps has nothing to score')
      const results: number[][] = new Array(solutions.length)
      let open = solutions.length
      if (open > 0)
        await new Promise<void>((resolve, reject) => {
          const added = solutions.map(({ problem, steps }, i): Waiting => {
            const waiting: Waiting = {
              texts: [problem, ...steps],
              tree,
              done(readOuts) {
                results[i] = readOuts
                if (--open === 0) resolve()
              },
              failed(error) {
                const call = new Set(added)
                queue = queue.filter((each) => !call.has(each))
                reject(error)
              },
            }
            return waiting
          })
          // neighbours share most
          queue.push(...added.sort((a, b) => compare(a.texts, b.texts)))
          startAll()
        })
      return results
    },
    usage: () => ({ tokens, reused: total - tokens }),
  }
}

function lengthOf(path: readonly Prefix[]): number {
  return path.reduce((sum, { ids }) => sum + ids.length, 0)
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
