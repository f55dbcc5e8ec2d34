import { best, majority } from '../search/choosing.ts'
import type { Split } from '../tasks/index.ts'
import { type BeamRow, type BeamSets, readBeams, type Width, widthName } from './beam-run.ts'
import {
  type BootstrapOptions,
  bootstrapDifference,
  bootstrapShare,
  type Difference,
  type Interval,
  meanOf,
} from './bootstrap.ts'
import { readScored, type ScoredSamples } from './lab/compared.ts'
import { samplesWithin, sumOf } from './lab/sample-pools.ts'
import { kindsOf } from './problems.ts'

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
  beamMinusBest: Difference
  beamMinusMajority: Difference
  /** This reward's beam minus that of the first reward; null for the first itself. */
  minusFirst: Difference | null
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

/** What came of one problem and seed, by reward and width. */
interface Outcome {
  id: string
  seed: number
  of: Map<string, Map<string, Compared>>
}

/** A beam, and whole samples that have at least its tokens. */
interface Compared {
  beam: number
  best: number
  majority: number
  tokens: number
  bestTokens: number
  samples: number
  scored: number
}

/** Reports on each task and split of the searches that `runBeams` made, then on all tasks together. */
export async function reportBeams(sets: BeamSets, options: BootstrapOptions): Promise<BeamSet[]> {
  const { plan, widths } = sets
  const reports: BeamSet[] = []
  for (const split of plan.splits) {
    const all: Outcome[] = []
    for (const task of plan.tasks) {
      const outcomes = await outcomesOf(sets, task, split)
      reports.push(reportOn(task, split, outcomes, widths, options))
      all.push(...outcomes)
    }
    if (plan.tasks.length > 1) reports.push(reportOn('all', split, all, widths, options))
  }
  return reports
}

async function outcomesOf(sets: BeamSets, task: string, split: Split): Promise<Outcome[]> {
  const { plan, directory, rewards } = sets
  const beams = await readBeams(plan, sets, task, split)
  const outcomes: Outcome[] = []
  for (const [which, seed] of plan.seeds.entries())
    for (const [i, scored] of (await readScored(plan, directory, rewards, { task, split, seed })).entries()) {
      const of = new Map(
        [...beams].map(([reward, byWidth]) => [
          reward,
          new Map([...byWidth].map(([width, rows]) => [width, comparedWith(scored, reward, rows[which][i])])),
        ]),
      )
      outcomes.push({ id: scored.pool.id, seed, of })
    }
  return outcomes
}

function comparedWith({ pool, columns }: ScoredSamples, reward: string, beam: BeamRow): Compared {
  const samples = samplesWithin(pool, beam.tokens)
  const candidates = pool.of.slice(0, samples).flatMap((place) => {
    const { answer, correct } = pool.solutions[place]
    const score = columns[reward].score[place] ?? Number.NEGATIVE_INFINITY
    return answer === null ? [] : [{ answer, score, right: correct }]
  })
  return {
    beam: beam.correct,
    best: best(candidates)?.right ?? 0,
    majority: majority(candidates)?.right ?? 0,
    tokens: beam.tokens,
    bestTokens: sumOf(pool.tokens.slice(0, samples)),
    samples,
    scored: beam.scored,
  }
}

function reportOn(
  task: string,
  split: Split,
  outcomes: readonly Outcome[],
  widths: readonly Width[],
  given: BootstrapOptions,
): BeamSet {
  const ids = [...new Set(outcomes.map(({ id }) => id))]
  const options = { ...given, kinds: kindsOf(ids) }
  const rewards = [...outcomes[0].of.keys()]
  const seeds = [...new Set(outcomes.map(({ seed }) => seed))]
  /** Means of each problem over its seeds, and of each seed over its problems. */
  const measure = (reward: string, width: string, value: (compared: Compared) => number) => {
    const ofProblem = new Map(ids.map((id): [string, number[]] => [id, []]))
    const ofSeed = new Map(seeds.map((seed): [number, number[]] => [seed, []]))
    for (const { id, seed, of } of outcomes) {
      const found = value(of.get(reward)?.get(width) as Compared)
      ofProblem.get(id)?.push(found)
      ofSeed.get(seed)?.push(found)
    }
    return { problems: [...ofProblem.values()].map(meanOf), seeds: [...ofSeed.values()].map(meanOf) }
  }
  type Measured = ReturnType<typeof measure>
  const minus = (a: Measured, b: Measured): Difference => ({
    ...bootstrapDifference(a.problems, b.problems, options),
    seeds: a.seeds.map((value, seed) => value - b.seeds[seed]),
  })
  const points = widths.flatMap((width) =>
    rewards.map((reward, i): BeamPoint => {
      const name = widthName(width)
      const of = (value: (compared: Compared) => number) => measure(reward, name, value)
      const mean = (value: (compared: Compared) => number) => meanOf(of(value).problems)
      const [beam, best, vote] = [of((o) => o.beam), of((o) => o.best), of((o) => o.majority)]
      const first = measure(rewards[0], name, (o) => o.beam)
      return {
        reward,
        ...width,
        beam: bootstrapShare(beam.problems, options),
        best: bootstrapShare(best.problems, options),
        majority: bootstrapShare(vote.problems, options),
        beamMinusBest: minus(beam, best),
        beamMinusMajority: minus(beam, vote),
        minusFirst: i === 0 ? null : minus(beam, first),
        tokens: mean((o) => o.tokens),
        bestTokens: mean((o) => o.bestTokens),
        samples: mean((o) => o.samples),
        scored: mean((o) => o.scored),
      }
    }),
  )
  return { task, split, problems: ids.length, points }
}
