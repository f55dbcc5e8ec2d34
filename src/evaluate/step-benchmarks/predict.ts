import { chunksOf } from '../../data/samples.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { StepScorer } from '../../reasoning/types.ts'
import type { RewardModel } from '../../reward/reward-model.ts'
import { rewardScores, scoresOfHazards } from '../../reward/scores.ts'
import type { BenchmarkRow, Opinion, Prediction } from './benchmark.ts'

/** What a reward says of solutions: one opinion a solution, in order. */
type Opinions = (solutions: { problem: string; steps: string[] }[]) => Promise<Opinion[]>

interface PredictOptions {
  opinions: Opinions
  /** Throws an InputError for a solution that the reward cannot read; left out, it reads all. */
  check?: (row: BenchmarkRow) => void | Promise<void>
  /** Called with the reason why a solution cannot be read. */
  onUnreadable?: (error: InputError) => void
  signal?: AbortSignal
}

/** Solutions scored together. */
const batch = 64

/** One prediction a row, in order. */
export async function* predict(
  rows: AsyncIterable<BenchmarkRow>,
  { opinions, check, onUnreadable, signal }: PredictOptions,
): AsyncGenerator<Prediction> {
  for await (const some of chunksOf(rows, batch)) {
    signal?.throwIfAborted()
    const faults = await Promise.all(some.map(async (row) => check?.(row)).map(faultOf))
    const readable = some.filter((_, i) => faults[i] === null)
    for (const fault of faults) if (fault !== null) onUnreadable?.(fault)
    const found = await opinions(readable.map(({ problem, steps }) => ({ problem, steps })))
    const given = new Map(readable.map((row, i) => [row, found[i]]))
    for (const row of some) yield { row, opinion: given.get(row) ?? null }
  }
}

/** Why a check failed, null where it did not. */
async function faultOf(check: Promise<void>): Promise<InputError | null> {
  try {
    await check
    return null
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
}

/**
 * The predicted first error is the likeliest of all steps and of none, or with a `threshold` the first step of a hazard above
 * it. Fails with an InputError when the scorer gives a step no hazard, or one that is no probability.
 */
export function opinionsOf(scorer: StepScorer, threshold?: number): Opinions {
  return async (solutions) => {
    const all = await scorer.score(solutions)
    return solutions.map(({ steps }, i) => {
      const hazards = all[i]
      if (hazards?.length !== steps.length)
        throw new InputError(`the scorer gave ${hazards?.length ?? 0} hazards for ${steps.length} steps`)
      const { first_error, p_correct } = scoresOfHazards(hazards)
      return {
        first_error: threshold === undefined ? first_error : firstAbove(hazards, threshold),
        p_correct,
        hazards,
      }
    })
  }
}

/**
 * {@link opinionsOf} for a reward of any kind: one without hazards says in its own way where the first error is, and how bad each step is.
 * @throws InputError when it has no opinion on single steps
 */
export function opinionsOfReward(
  scorer: Pick<RewardModel, 'kind' | 'logits' | 'score'>,
  threshold?: number,
): Opinions {
  const { kind } = scorer
  if (kind.hazard) return opinionsOf(scorer, threshold)
  const { firstError, bad, name } = kind
  if (!firstError || !bad) throw new InputError(`an ${name} has no opinion on single steps`)
  return async (solutions) =>
    (await scorer.logits(solutions)).map((readOuts) => {
      const hazards = bad(readOuts)
      return {
        first_error: threshold === undefined ? firstError(readOuts) : firstAbove(hazards, threshold),
        p_correct: rewardScores(kind, readOuts).p_correct,
        hazards,
      }
    })
}

/** The first step of a hazard above `threshold`, null for none. */
export function firstAbove(hazards: readonly number[], threshold: number): number | null {
  const step = hazards.findIndex((hazard) => hazard > threshold)
  return step === -1 ? null : step
}
