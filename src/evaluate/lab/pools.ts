import { z } from 'zod'
import { sampleRequest } from '../../data/samples.ts'
import type { Generator, Problem, Verifier } from '../../reasoning/types.ts'
import type { ReadOuts, RewardKind } from '../../reward/kinds/kind.ts'
import { type SamplePool, samplePool, sumOf } from './sample-pools.ts'

/** What a reward says of one solution. */
export interface Reading {
  /** Log of the chance that the answer is right, in nats, as far as the reward says it; log S(T) for CRM. Higher is better. */
  score: number
  /** 0-based, null for none; absent where the reward has no opinion on single steps. */
  firstError?: number | null
}

export interface Reward {
  /** Of its readings: one, or several ways to rank by the same read-outs. */
  names: readonly string[]
  /** Readings in the order of the solutions, one a name each; null for a solution that it cannot read. */
  read(solutions: { problem: string; steps: string[] }[]): Promise<(Reading[] | null)[]>
  /** One that has read nothing yet, where what was read before changes the last bits of what is read next. */
  session?(): Reward
}

/** The same reward for one piece of work, whose results must not depend on other work to the last bit. */
export function fresh(reward: Reward): Reward {
  return reward.session?.() ?? reward
}

/** What the readings of a reward of this name and kind are called. */
export function readingNames(name: string, { scores }: Pick<RewardKind, 'scores'>): string[] {
  const ways = Object.keys(scores)
  return ways.length === 1 ? [name] : ways.map((way) => `${name} ${way}`)
}

/**
 * A reward from the read-outs of its kind. A kind that ranks in several ways gives a reading for each: `prm min`, `prm prod`.
 *
 * @param fits solutions that do not fit the model's context are not read
 */
export function kindReward(
  name: string,
  { scores, firstError }: Pick<RewardKind, 'scores' | 'firstError'>,
  readOuts: (solutions: { problem: string; steps: string[] }[]) => Promise<ReadOuts[]>,
  fits: (solution: { problem: string; steps: string[] }) => boolean | Promise<boolean> = () => true,
): Reward {
  const ways = Object.entries(scores)
  return {
    names: readingNames(name, { scores }),
    async read(solutions) {
      const able = await Promise.all(solutions.map(fits))
      const read = await readOuts(solutions.filter((_, i) => able[i]))
      let at = 0
      return able.map((fit) => {
        if (!fit) return null
        const each = read[at++]
        const located = firstError && { firstError: firstError(each) }
        return ways.map(([, score]) => ({ score: score(each), ...located }))
      })
    },
  }
}

const firstErrors = z.array(z.int().nullable())

/** What one way to rank says of solutions, in their order; null: one has no answer, or cannot be read. */
export const column = z.object({
  score: z.array(z.number().nullable()),
  /** Left out where the reward has no opinion on single steps. */
  first_error: firstErrors.optional(),
})

export type Column = z.infer<typeof column>

/**
 * The samples of one problem without their text, as arrays over samples. A sample without an answer (or cut short
 * before its end) is never right and gets no score, so it ranks last; a score that is missing for any reason is null.
 */
export const poolRow = z.object({
  id: z.string(),
  problem: z.string(),
  /** Different solutions among the samples: each was verified and scored once. */
  distinct: z.int(),
  /** Generated tokens, all samples together. */
  tokens: z.int(),
  answer: z.array(z.string().nullable()),
  /** 1 for a right answer. */
  correct: z.array(z.literal([0, 1])),
  /** By the exact verifier; null for none. */
  first_error: firstErrors,
  rewards: z.record(z.string(), column),
})

export type PoolRow = z.infer<typeof poolRow>

/** @param columns what each reading says of the pool's solutions, by its name */
export function poolRowOf(
  { id, problem, solutions, of, tokens }: SamplePool,
  columns: Readonly<Record<string, Column>>,
): PoolRow {
  const each = of.map((place) => solutions[place])
  const spread = ({ score, first_error: errors }: Column): Column => ({
    score: of.map((place) => score[place]),
    ...(errors && { first_error: of.map((place) => errors[place]) }),
  })
  return {
    id,
    problem,
    distinct: solutions.length,
    tokens: sumOf(tokens),
    answer: each.map(({ answer }) => answer),
    correct: each.map(({ correct }) => correct),
    first_error: each.map(({ first_error }) => first_error),
    rewards: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, spread(column)])),
  }
}

/** What a reward says of solutions of pools; those without an answer it is not shown. One list of columns a pool, by its names. */
export async function columnsOf(
  reward: Reward,
  pools: readonly Pick<SamplePool, 'problem' | 'solutions'>[],
): Promise<Column[][]> {
  const asked = pools.flatMap(({ problem, solutions }) =>
    solutions.filter(hasAnswer).map(({ steps }) => ({ problem, steps })),
  )
  const readings = asked.length === 0 ? [] : await fresh(reward).read(asked)
  let next = 0
  return pools.map(({ solutions }) => {
    const own = solutions.map((solution) => (hasAnswer(solution) ? readings[next++] : null))
    return reward.names.map((_, way) => columnOf(own.map((each) => each?.[way] ?? null)))
  })
}

const hasAnswer = ({ answer }: { answer: string | null }) => answer !== null

/** One reading of every solution. */
function columnOf(read: readonly (Reading | null)[]): Column {
  // nine digits are what a float32 holds
  const score = read.map((reading) => (reading === null ? null : Number(reading.score.toPrecision(9))))
  const silent = read.every((reading) => reading?.firstError === undefined)
  return silent ? { score } : { score, first_error: read.map((reading) => reading?.firstError ?? null) }
}

export interface PoolMaker {
  generator: Generator
  verifier: Verifier
  rewards: readonly Reward[]
  /** Samples of each problem. */
  n: number
}

/** Samples, verifies and scores the pools of a few problems; one seed gives the samples of {@link sampleRequest}. */
export async function makePools(
  problems: readonly Problem[],
  seed: number,
  { generator, verifier, rewards, n }: PoolMaker,
): Promise<PoolRow[]> {
  const samples = await generator.generate(problems.map((problem) => sampleRequest(problem, { n, seed })))
  const pools = problems.map((problem, i) => samplePool(problem, samples[i], verifier))
  const read = await Promise.all(rewards.map((reward) => columnsOf(reward, pools)))
  return pools.map((pool, i) => {
    const columns = rewards.flatMap(({ names }, which) =>
      names.map((name, way) => [name, read[which][i][way]]),
    )
    return poolRowOf(pool, Object.fromEntries(columns))
  })
}
