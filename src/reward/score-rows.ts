import { z } from 'zod'
import { solutionRow } from '../data/rows.ts'
import { InputError } from '../reasoning/errors.ts'
import type { CheckpointHeader } from '../transformer/checkpoint.ts'
import type { RewardKind } from './kinds/kind.ts'
import { type RewardScores, rewardScores, rounded } from './scores.ts'
import type { ToScore } from './scoring.ts'

/** What scoring needs of a solution; labels and other fields are neither checked nor kept. */
export const rowToScore = z.object({
  id: solutionRow.shape.id,
  problem: solutionRow.shape.problem,
  steps: solutionRow.shape.steps,
})

export type RowToScore = z.infer<typeof rowToScore>

/** The input's id and its scores, rounded for a file. */
export interface ScoredRow extends RewardScores {
  id: string
}

/** Rows scored together: enough to keep the threads busy, few enough to hold at once. */
export const batchRows = 512

/**
 * Scores a stream of rows, one result a row, in order. At most two batches are in memory: while one is scored the next is
 * read. When reading fails or is interrupted, what was read before is scored and given first.
 *
 * @param readOuts of every step, as a RewardModel gives them
 * @param size rows scored together
 */
export async function* scoreRows(
  rows: AsyncIterable<RowToScore>,
  kind: RewardKind,
  readOuts: (solutions: ToScore[]) => Promise<number[][]>,
  size = batchRows,
): AsyncGenerator<ScoredRow> {
  let before: Promise<ScoredRow[]> | undefined
  try {
    for await (const batch of batchesOf(rows, size)) {
      const scored = scoreBatch(batch, kind, readOuts)
      scored.catch(() => {}) // it is awaited after the batch before it
      if (before) yield* await before
      before = scored
    }
  } catch (error) {
    if (before) yield* await before
    throw error
  }
  if (before) yield* await before
}

async function scoreBatch(
  batch: RowToScore[],
  kind: RewardKind,
  readOuts: (solutions: ToScore[]) => Promise<number[][]>,
): Promise<ScoredRow[]> {
  const read = await readOuts(batch)
  return batch.map(({ id }, i) => ({ id, ...rounded(rewardScores(kind, read[i])) }))
}

async function* batchesOf(rows: AsyncIterable<RowToScore>, size: number): AsyncGenerator<RowToScore[]> {
  let batch: RowToScore[] = []
  try {
    for await (const row of rows) {
      batch.push(row)
      if (batch.length < size) continue
      yield batch
      batch = []
    }
  } catch (error) {
    if (batch.length > 0) yield batch
    throw error
  }
  if (batch.length > 0) yield batch
}

/**
 * A check that a solution fits the model's context, to be made row by row before they are scored together.
 * It throws an InputError with the `where` it is given.
 */
export function contextCheck({
  config,
  tokenizer,
}: CheckpointHeader): (solution: ToScore, where?: string) => void {
  const { contextLength } = config
  const vocabulary = Object.keys(tokenizer.json.model.vocab)
  const longestToken = vocabulary.reduce((longest, { length }) => Math.max(longest, length), 1)
  return ({ problem, steps }, where) => {
    // a text far too long is told by its bytes, without encoding all of it
    const bytes = steps.reduce((sum, step) => sum + Buffer.byteLength(step), Buffer.byteLength(problem))
    const tokens =
      bytes > contextLength * longestToken
        ? `more than ${contextLength}`
        : tokenizer.encodeSolution(problem, steps, { ended: false }).ids.length
    if (typeof tokens === 'number' && tokens <= contextLength) return
    throw new InputError(`problem and steps are ${tokens} tokens; the model's context is ${contextLength}`, {
      where,
      fix: 'Shorten them, or name a reward model with a longer context.',
    })
  }
}
