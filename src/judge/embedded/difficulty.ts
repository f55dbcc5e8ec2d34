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
  /** Pairs that are wanted: when there are as many, the rest is not tried. */
  enough: number
  /** JSON Lines: a row a pair, as it is done. A second call goes on from there. */
  file: string
  /** Told how many pairs are done, those of an earlier call included. */
  onPairs?: (done: number) => void
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
  { tries, seed, enough, file, onPairs, signal }: UnsolvedOptions,
): Promise<JudgePair[]> {
  const rows = await appendJsonLines(file)
  const counted = new Map<string, number>()
  const unsolved: JudgePair[] = []
  try {
    if (rows.count > 0)
      for await (const { row, where } of readJsonLines(file, tried)) {
        if (row.tries !== tries)
          throw new InputError(`says of ${row.tries} tries, not of ${tries}`, {
            where,
            fix: 'Use another folder.',
          })
        counted.set(row.id, row.right)
      }
    for (let at = 0; at < pairs.length && unsolved.length < enough; at += together) {
      const some = pairs.slice(at, at + together)
      const untried = some.filter(({ id }) => !counted.has(id))
      const judgments = await judge.compare(
        untried.flatMap((pair) => Array.from({ length: tries }, (_, k) => comparisonOf(pair, k, seed))),
        { signal },
      )
      for (const [i, { id }] of untried.entries()) {
        const own = judgments.slice(i * tries, (i + 1) * tries)
        counted.set(id, own.filter(({ winner }, k) => winner === k % 2).length)
      }
      await rows.append(untried.map(({ id }) => ({ id, tries, right: counted.get(id) })))
      unsolved.push(...some.filter(({ id }) => counted.get(id)! < tries))
      onPairs?.(Math.min(at + together, pairs.length))
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
