import type { Split } from '../tasks/index.ts'
import { type BeamOutcome, type BeamRow, readBeams, type Width, widthName } from './beam-run.ts'
import {
  type BootstrapOptions,
  bootstrapDifference,
  bootstrapMean,
  type Interval,
  meanOf,
} from './bootstrap.ts'
import type { Plan } from './plan.ts'
import { repeatedBySeed } from './seeds.ts'

/** One reward and width: shares of problems answered right, in [0, 1]. */
export interface BeamPoint {
  reward: string
  n: number
  beams: number
  beam: Interval
  /** Best of N, and majority vote, of as many whole samples as have at least the beam's tokens. */
  best: Interval
  majority: Interval
  /** Paired by problem. */
  beamMinusBest: Interval
  beamMinusMajority: Interval
  /** This reward's beam minus that of the first reward; null for the first itself. */
  minusFirst: Interval | null
  /** Means of a problem. */
  tokens: number
  bestTokens: number
  samples: number
  scored: number
}

export interface BeamSet {
  task: string
  split: Split
  problems: number
  points: BeamPoint[]
}

/** Reads what `runBeams` left in `directory`, and reports on each task and split, then on all tasks together. */
export async function reportBeams(
  plan: Plan,
  directory: string,
  widths: readonly Width[],
  options: BootstrapOptions,
): Promise<BeamSet[]> {
  const sets: BeamSet[] = []
  for (const split of plan.splits) {
    const all: BeamRow[] = []
    for (const task of plan.tasks) {
      const rows = await readBeams(plan, directory, task, split)
      sets.push(reportOn(task, split, rows, widths, options))
      all.push(...rows)
    }
    if (plan.tasks.length > 1) sets.push(reportOn('all', split, all, widths, options))
  }
  return sets
}

function reportOn(
  task: string,
  split: Split,
  made: readonly BeamRow[],
  widths: readonly Width[],
  options: BootstrapOptions,
): BeamSet {
  const rows = repeatedBySeed(
    made,
    (row) => row.outcomes,
    (row, outcomes): BeamRow => ({ ...row, outcomes }),
  )
  const ids = [...new Set(rows.map(({ id }) => id))]
  const rewards = Object.keys(rows[0].outcomes)
  /** Per problem, the mean over its repetitions. */
  const values = (reward: string, width: string, value: (outcome: BeamOutcome) => number) => {
    const of = new Map(ids.map((id): [string, number[]] => [id, []]))
    for (const { id, outcomes } of rows) of.get(id)?.push(value(outcomes[reward][width]))
    return ids.map((id) => meanOf(of.get(id) ?? []))
  }
  const points = widths.flatMap((width) =>
    rewards.map((reward, i): BeamPoint => {
      const name = widthName(width)
      const of = (value: (outcome: BeamOutcome) => number) => values(reward, name, value)
      const [beam, best, vote] = [of((o) => o.beam), of((o) => o.best), of((o) => o.majority)]
      const first = values(rewards[0], name, (o) => o.beam)
      return {
        reward,
        ...width,
        beam: bootstrapMean(beam, options),
        best: bootstrapMean(best, options),
        majority: bootstrapMean(vote, options),
        beamMinusBest: bootstrapDifference(beam, best, options),
        beamMinusMajority: bootstrapDifference(beam, vote, options),
        minusFirst: i === 0 ? null : bootstrapDifference(beam, first, options),
        tokens: meanOf(of((o) => o.tokens)),
        bestTokens: meanOf(of((o) => o.best_tokens)),
        samples: meanOf(of((o) => o.samples)),
        scored: meanOf(of((o) => o.scored)),
      }
    }),
  )
  return { task, split, problems: ids.length, points }
}
