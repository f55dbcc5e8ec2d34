import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { readValue } from '../data/issues.ts'
import { solutionRow } from '../data/rows.ts'
import { unlessAborted } from '../reasoning/abort.ts'
import { InputError } from '../reasoning/errors.ts'
import type { StepScorer } from '../reasoning/types.ts'
import { checkedHazards, checkedScores } from './checked.ts'
import type { ScoringSession } from './reward-model.ts'
import { embeddedScorer } from './scorer.ts'
import { type RewardScores, scoresOfHazards } from './scores.ts'
import type { ToScore } from './scoring.ts'

/** Says how good solutions are: an embedded or remote reward model, or anything that gives scores, or hazards. */
export type Scorer = Pick<ScoringSession, 'scores'> | StepScorer

/** A step of a solution has been scored. Plain data. */
export interface StepScored {
  type: 'step-scored'
  problem: string
  /** The solution up to this step, which is the last of them. */
  steps: string[]
  /** Of a reward with hazards: the chance that the step is the first wrong one, and of no error so far. */
  hazard?: number
  survival?: number
  /** Of any other: what it says of the step, as it says it. */
  read_out?: number
}

export interface ScoreOptions {
  /** Default: the CRM that comes with assay, on this machine, for this call. */
  scorer?: Scorer
  signal?: AbortSignal
  onEvent?: (event: StepScored) => void
}

/**
 * What a reward model says of a solution, or of many: for a CRM the hazard of each step, its survival and reward, the chance that the
 * answer is right, and the first wrong step (Zhang et al., arXiv 2509.26578).
 *
 * @throws InputError on one without a problem or steps, an empty step, or one that is too long; ScorerFailed; the signal's reason; what the scorer
 * throws
 */
export async function score(solution: ToScore, options?: ScoreOptions): Promise<RewardScores>
export async function score(solutions: readonly ToScore[], options?: ScoreOptions): Promise<RewardScores[]>
export async function score(
  given: ToScore | readonly ToScore[],
  { scorer, signal, onEvent }: ScoreOptions = {},
): Promise<RewardScores | RewardScores[]> {
  const solutions = [given].flat()
  for (const [i, solution] of solutions.entries()) checkSolution(solution, `solution ${i}`)
  signal?.throwIfAborted()
  const own = scorer ? undefined : embeddedScorer(undefined, { threads: threadsFor(solutions.length) })
  try {
    const scores = await scoresBy(scorer ?? own!, solutions, signal)
    for (const [i, solution] of solutions.entries())
      for (const event of stepEvents(solution, scores[i])) onEvent?.(event)
    return Array.isArray(given) ? scores : scores[0]
  } finally {
    const closed = own?.close()
    if (!signal?.aborted) await closed
  }
}

const { problem, steps } = solutionRow.shape
const toScore = z.object({ problem, steps })

/** @throws InputError on what is no solution of a problem; `where` says which one */
function checkSolution(solution: unknown, where: string): void {
  const read = readValue(toScore, solution)
  if ('fault' in read) throw new InputError(read.fault, { where })
}

/** Threads that so many solutions keep busy. */
export function threadsFor(solutions: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(solutions / 4)))
}

/**
 * Scores in the order of the solutions.
 * @throws ScorerFailed where the scorer gives no number, or not one for each step; the signal's reason; what the scorer throws
 */
export async function scoresBy(
  scorer: Scorer,
  solutions: readonly ToScore[],
  signal?: AbortSignal,
): Promise<RewardScores[]> {
  signal?.throwIfAborted()
  const asked =
    'scores' in scorer ? scorer.scores(solutions, { signal }) : ofHazards(scorer, solutions, signal)
  return checkedScores(await unlessAborted(asked, signal), solutions)
}

async function ofHazards(
  scorer: StepScorer,
  solutions: readonly ToScore[],
  signal: AbortSignal | undefined,
): Promise<RewardScores[]> {
  const given = await scorer.score(solutions, { signal })
  return checkedHazards(given, solutions).map((hazards) => {
    const scores = scoresOfHazards(hazards)
    return { score: scores.rewards.reduce((sum, reward) => sum + reward, 0), ...scores }
  })
}

/** @param from the first step to tell of */
export function stepEvents(
  { problem, steps }: ToScore,
  { hazards, survival, read_outs }: RewardScores,
  from = 0,
): StepScored[] {
  return steps.slice(from).map((_, i): StepScored => {
    const t = from + i
    return {
      type: 'step-scored',
      problem,
      steps: steps.slice(0, t + 1),
      ...(hazards && survival && { hazard: hazards[t], survival: survival[t] }),
      ...(read_outs && { read_out: read_outs[t] }),
    }
  })
}
