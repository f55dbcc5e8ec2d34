import fc from 'fast-check'
import { expect, test } from 'vitest'
import { random, seedOf } from '../reasoning/random.ts'
import type { TreeRun } from '../transformer/tree-attention.ts'
import type { Tree } from './prefix-cache.ts'
import { createScoreQueue, type ScoreQueueOptions } from './score-queue.ts'
import type { ToScore } from './scoring.ts'

const contextLength = 40
/** A token a character, and one at the end. */
const encode = (text: string) => [...text, '|'].map((character) => character.charCodeAt(0))

/** A reward whose read-out is a hash of the text so far, and that checks that it finds this text in the slots. */
function hashing(options: Partial<ScoreQueueOptions> = {}) {
  const slots = options.slots ?? 1000
  const stored = new Array<number>(slots)
  const draw = random('delays')
  const runs: TreeRun[] = []
  const queue = createScoreQueue({
    encode: { problem: encode, step: encode },
    contextLength,
    slots,
    ahead: 4,
    async run({ pieces, known }) {
      runs.push({ pieces, known })
      for (const { ids, slots } of pieces.slice(0, known))
        expect(slots.map((slot) => stored[slot])).toEqual(ids)
      for (let turns = draw.int(0, 6); turns > 0; turns--) await new Promise(setImmediate)
      for (const { ids, slots } of pieces.slice(0, known))
        expect(slots.map((slot) => stored[slot])).toEqual(ids)
      for (const { ids, slots } of pieces.slice(known))
        for (const [i, slot] of slots.entries()) stored[slot] = ids[i]
      const text = (i: number | null): number[] =>
        i === null ? [] : [...text(pieces[i].after), ...pieces[i].ids]
      return pieces.slice(known).map((_, i) => seedOf(...text(known + i)))
    },
    ...options,
  })
  const tree: Tree = new Map()
  const readOuts = (solutions: ToScore[], into = tree) => queue.readOuts(solutions, into)
  return { queue: { readOuts, usage: queue.usage }, runs }
}

const expected = ({ problem, steps }: ToScore) =>
  steps.map((_, t) => seedOf(...[problem, ...steps.slice(0, t + 1)].flatMap(encode)))

/** Tokens of the distinct prefixes. */
function treeTokens(solutions: readonly ToScore[]): number {
  const prefixes = new Map<string, number>()
  for (const { problem, steps } of solutions)
    for (const [i, text] of [problem, ...steps].entries())
      prefixes.set(JSON.stringify([problem, ...steps.slice(0, i)]), encode(text).length)
  return [...prefixes.values()].reduce((sum, each) => sum + each, 0)
}

const aloneTokens = (solutions: readonly ToScore[]) =>
  solutions.reduce((sum, each) => sum + treeTokens([each]), 0)

const text = fc.constantFrom('', 'a', 'bb', 'cccc')
const solution = fc.record({
  problem: fc.constantFrom('p', 'question', 'a'),
  steps: fc.array(text, { minLength: 1, maxLength: 5 }),
})
const calls = fc.array(fc.array(solution, { maxLength: 12 }), { minLength: 1, maxLength: 6 })

test('whatever is called after what, or at once, each prefix is run once', async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (calls, atOnce, ahead) => {
      const { queue } = hashing({ ahead })
      const asked = calls.map((call) => () => queue.readOuts(call))
      if (atOnce)
        expect(await Promise.all(asked.map((ask) => ask()))).toEqual(calls.map((call) => call.map(expected)))
      else for (const [i, ask] of asked.entries()) expect(await ask()).toEqual(calls[i].map(expected))
      const tokens = treeTokens(calls.flat())
      expect(queue.usage()).toEqual({ tokens, reused: aloneTokens(calls.flat()) - tokens })
    }),
    { numRuns: 60, seed: 1 },
  )
})

test('a cache of any size gives the same, running again what it had to drop', async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: contextLength, max: 90 }), async (calls, slots) => {
      const { queue } = hashing({ slots })
      expect(await Promise.all(calls.map((call) => queue.readOuts(call)))).toEqual(
        calls.map((call) => call.map(expected)),
      )
      const { tokens, reused } = queue.usage()
      expect(tokens + reused).toBe(aloneTokens(calls.flat()))
      expect(tokens).toBeGreaterThanOrEqual(treeTokens(calls.flat()))
    }),
    { numRuns: 60, seed: 2 },
  )
})

test('a step costs its own tokens, a fork its branches, a repetition nothing', async () => {
  const { queue } = hashing()
  const cost = async (...steps: string[][]) => {
    const before = queue.usage().tokens
    await queue.readOuts(steps.map((each) => ({ problem: 'problem', steps: each })))
    return queue.usage().tokens - before
  }
  expect(await cost(['abc', 'de'])).toBe(8 + 4 + 3)
  expect(await cost(['abc', 'de', 'f'])).toBe(2)
  expect(await cost(['abc', 'de', 'g', 'hi'], ['abc', 'x'], ['abc', 'x'])).toBe(2 + 3 + 2)
  expect(await cost(['abc'], ['abc', 'de', 'f'])).toBe(0)
  expect(await cost(['de'])).toBe(3)
})

test('what was not used for longest goes first, and never what others follow', async () => {
  const { queue } = hashing({ slots: contextLength })
  const cost = async (problem: string, ...steps: string[]) => {
    const before = queue.usage().tokens
    await queue.readOuts([{ problem, steps }])
    return queue.usage().tokens - before
  }
  expect(await cost('p', 'aaaaaaa', 'bbbbbbb')).toBe(18)
  expect(await cost('p', 'aaaaaaa', 'ccccccc')).toBe(8)
  expect(await cost('q', 'ddddddddd')).toBe(12)
  // 38 of 40 taken: the oldest leaf, b, makes way
  expect(await cost('p', 'aaaaaaa', 'ccccccc', 'eee')).toBe(4)
  expect(await cost('q', 'ddddddddd')).toBe(0)
  expect(await cost('p', 'aaaaaaa', 'ccccccc', 'eee')).toBe(0)
  expect(await cost('p', 'aaaaaaa', 'bbbbbbb')).toBe(8)
})

test('runs are cut by order alone: neither timing nor other problems change them', async () => {
  const draw = random('solutions')
  const of = (problem: string, count: number) =>
    Array.from({ length: count }, () => ({
      problem,
      steps: Array.from({ length: 3 }, () => draw.pick(['ab', 'cde', 'fghij', 'k'])),
    }))
  const [some, others] = [of('p', 400), of('q', 300)]
  const runsOf = async (calls: ToScore[][], options?: Partial<ScoreQueueOptions>) => {
    const { queue, runs } = hashing(options)
    for (const call of calls) await queue.readOuts(call, new Map())
    return runs
      .filter(({ pieces }) => pieces[0].ids[0] === 'p'.charCodeAt(0))
      .map(({ pieces, known }) => [known, ...pieces.flatMap(({ ids }) => ids)].join())
      .sort()
  }
  const alone = await runsOf([some])
  expect(alone.length).toBeGreaterThan(1)
  expect(await runsOf([random('order').shuffle([...others, ...some])], { ahead: 1 })).toEqual(alone)
  expect(await runsOf([others, some, some])).toEqual([...alone, ...alone].sort())

  const atOnce = async (ahead: number) => {
    const { queue, runs } = hashing({ ahead })
    await Promise.all([0, 100, 200, 300].map((from) => queue.readOuts(some.slice(from, from + 100))))
    return runs.map(({ pieces, known }) => [known, ...pieces.flatMap(({ ids }) => ids)].join()).sort()
  }
  expect(await atOnce(1)).toEqual(await atOnce(9))
})

test('a bad solution fails its call and nothing else', async () => {
  const { queue } = hashing()
  const good = { problem: 'p', steps: ['a', 'b'] }
  const long = { problem: 'p', steps: ['a', 'b'.repeat(40)] }
  const [first, bad, last] = await Promise.allSettled([
    queue.readOuts([good]),
    queue.readOuts([{ problem: 'q', steps: ['c'] }, long, good]),
    queue.readOuts([{ problem: 'q', steps: ['c', 'd'] }]),
  ])
  expect(String((bad as PromiseRejectedResult).reason)).toContain('45 tokens do not fit')
  expect([first, last]).toEqual([
    { status: 'fulfilled', value: [expected(good)] },
    { status: 'fulfilled', value: [expected({ problem: 'q', steps: ['c', 'd'] })] },
  ])
  await expect(queue.readOuts([good, { problem: 'p', steps: [] }])).rejects.toThrow('without steps')
  expect(await queue.readOuts([{ problem: 'p', steps: ['b'.repeat(37)] }])).toHaveLength(1)
  expect(queue.usage().tokens).toBe(2 + 2 + 2 + 2 + 2 + 2 + 38)
  expect(await queue.readOuts([])).toEqual([])
})

test('after a run that failed everything is as if it had never been asked for', async () => {
  let broken = true
  const queue = createScoreQueue({
    encode: { problem: encode, step: encode },
    contextLength,
    slots: contextLength,
    ahead: 4,
    run: async ({ pieces, known }) => {
      if (broken) throw new Error('out of order')
      return pieces.slice(known).map(({ ids }) => ids.length)
    },
  })
  const solutions = [['a'], ['a', 'b'], ['c', 'dd']].map((steps) => ({ problem: 'p', steps }))
  const tree: Tree = new Map()
  const ask = () => Promise.all(solutions.map((each) => queue.readOuts([each], tree)))
  await expect(ask()).rejects.toThrow('out of order')
  broken = false
  expect(await ask()).toEqual([[[2]], [[2, 2]], [[2, 3]]])
})
