import * as z from 'zod'
import { appendJsonLines } from '../../data/append.ts'
import { digestOf } from '../../data/digest.ts'
import { readJsonLines } from '../../data/jsonl.ts'
import { InputError } from '../../reasoning/errors.ts'
import { seedOf } from '../../reasoning/random.ts'
import type { PairJudge } from '../../reasoning/types.ts'
import { inOrder, type JudgePair } from './pairs.ts'

/** Was a judge right about a pair at each of so many tries? */
const tried = z.object({
  id: z.string(),
  /** Stands for the judge, the seed, the number of tries and the pair. */
  of: z.string(),
  solved: z.boolean(),
})

export interface UnsolvedOptions {
  /** Judgments of each pair at most, at least 1, the right response first and second by turns; after a wrong one there is no more. */
  tries: number
  seed: number
  /** Stands for the judge and how it is asked. */
  by: string
  /** Pairs that are wanted: when there are as many, the rest is not tried. */
  enough: number
  /** JSON Lines: a row a pair, as it is done. A second call goes on from there. */
  file: string
  /** Told how many of the wanted pairs are found, those of an earlier call included. */
  onPairs?: (found: number) => void
  signal?: AbortSignal
}

/** Pairs that are tried together. */
const together = 256

/**
 * The difficulty filter of Reward Reasoning Models (arXiv 2505.14674, section 3): those pairs that a judge does not already get right at
 * every try. No verdict is not right.
 */
export async function unsolvedPairs(
  judge: PairJudge,
  pairs: readonly JudgePair[],
  { tries, seed, by, enough, file, onPairs, signal }: UnsolvedOptions,
): Promise<JudgePair[]> {
  const rows = await appendJsonLines(file)
  const solved = new Map<string, boolean>()
  const unsolved: JudgePair[] = []
  const known = new Map(pairs.map((pair) => [pair.id, pair]))
  const stands = (pair: JudgePair) => digestOf([by, seed, tries, pair])
  try {
    if (rows.count > 0)
      for await (const { row, where } of readJsonLines(file, tried)) {
        const pair = known.get(row.id)
        if (pair === undefined || row.of !== stands(pair))
          throw new InputError('was tried otherwise, by another judge, or of another pair', {
            where,
            fix: 'Use another folder, or the data and options that this one was begun with.',
          })
        solved.set(row.id, row.solved)
      }
    for (let at = 0; at < pairs.length && unsolved.length < enough; at += together) {
      const some = pairs.slice(at, at + together)
      const untried = some.filter(({ id }) => !solved.has(id))
      let right = untried
      for (let k = 0; k < tries && right.length > 0; k++) {
        const judgments = await judge.compare(
          right.map((pair) => comparisonOf(pair, k, seed)),
          { signal },
        )
        right = right.filter((_, i) => judgments[i].winner === k % 2)
      }
      for (const pair of untried) solved.set(pair.id, right.includes(pair))
      await rows.append(
        untried.map((pair) => ({ id: pair.id, of: stands(pair), solved: solved.get(pair.id) })),
      )
      unsolved.push(...some.filter(({ id }) => !solved.get(id)))
      onPairs?.(Math.min(unsolved.length, enough))
    }
  } finally {
    await rows.close()
  }
  return unsolved.slice(0, enough)
}

function comparisonOf(pair: JudgePair, k: number, seed: number) {
  const responses = inOrder(pair, (k % 2) as 0 | 1)
  const [first, second] = responses.map((steps) => steps.join('\n'))
  return { query: pair.problem, responses: [first, second] as const, seed: seedOf('try', seed, pair.id, k) }
}
