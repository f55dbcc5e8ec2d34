import * as z from 'zod'
import { appendJsonLines } from '../../data/append.ts'
import { readJsonLines } from '../../data/jsonl.ts'
import { InputError } from '../../reasoning/errors.ts'
import { seedOf } from '../../reasoning/random.ts'
import type { PairJudge } from '../../reasoning/types.ts'
import { inOrder, type JudgePair } from './pairs.ts'

/** How often a judge was right about a pair. */
const tried = z.object({ id: z.string(), tries: z.int(), right: z.int() })

export interface UnsolvedOptions {
  /** Judgments of each pair, at least 1, the right response first and second by turns. */
  tries: number
  seed: number
  /** JSON Lines: a row a pair, as it is done. A second call goes on from there. */
  file: string
  onPairs?: (count: number) => void
  signal?: AbortSignal
}

/** Pairs that are tried together. */
const together = 64

/**
 * The difficulty filter of Reward Reasoning Models (arXiv 2505.14674, section 3): those pairs that a judge does not already get right at
 * every try. No verdict is not right.
 */
export async function unsolvedPairs(
  judge: PairJudge,
  pairs: readonly JudgePair[],
  { tries, seed, file, onPairs, signal }: UnsolvedOptions,
): Promise<JudgePair[]> {
  const rows = await appendJsonLines(file)
  const right = new Map<string, number>()
  try {
    if (rows.count > 0)
      for await (const { row, where } of readJsonLines(file, tried)) {
        if (row.tries !== tries)
          throw new InputError(`says of ${row.tries} tries, not of ${tries}`, {
            where,
            fix: 'Use another folder.',
          })
        right.set(row.id, row.right)
      }
    onPairs?.(right.size)
    const left = pairs.filter(({ id }) => !right.has(id))
    for (let at = 0; at < left.length; at += together) {
      const some = left.slice(at, at + together)
      const judgments = await judge.compare(
        some.flatMap((pair) => Array.from({ length: tries }, (_, k) => comparisonOf(pair, k, seed))),
        { signal },
      )
      const counts = some.map(
        (_, i) =>
          judgments.slice(i * tries, (i + 1) * tries).filter(({ winner }, k) => winner === k % 2).length,
      )
      await rows.append(some.map(({ id }, i) => ({ id, tries, right: counts[i] })))
      for (const [i, { id }] of some.entries()) right.set(id, counts[i])
      onPairs?.(some.length)
    }
  } finally {
    await rows.close()
  }
  return pairs.filter(({ id }) => right.get(id)! < tries)
}

function comparisonOf(pair: JudgePair, k: number, seed: number) {
  const responses = inOrder(pair, (k % 2) as 0 | 1)
  const [first, second] = responses.map((steps) => steps.join('\n'))
  return { query: pair.problem, responses: [first, second] as const, seed: seedOf('try', seed, pair.id, k) }
}
