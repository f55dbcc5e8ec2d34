import { InputError } from '../reasoning/errors.ts'
import {
  type Candidate,
  expectedBestOf,
  expectedOverBlocks,
  majority,
  passAt,
  weightedVote,
} from '../search/choosing.ts'
import {
  type BootstrapOptions,
  type Difference,
  drawResamples,
  type Interval,
  meanOf,
  percentileInterval,
  resampledMeans,
  shareInterval,
} from './bootstrap.ts'

/** One sampled solution with a score from every reward (log S(T) for CRM, min over steps for PQM, ...); higher is better. */
export interface ScoredCandidate {
  answer: string | null
  correct: boolean
  scores: Record<string, number>
}

/** The samples of one problem. Pools of one id are repetitions: the problem counts with the mean of their values. */
export interface ScoredPool {
  id: string
  candidates: ScoredCandidate[]
}

export interface BestOfNOptions extends BootstrapOptions {
  /** The N to evaluate, each at most the smallest pool's size. */
  counts: readonly number[]
  /** Rewards to evaluate; unless given, those of the first candidate. */
  rewards?: readonly string[]
  /** By reward, the other reward that it is compared with; the first one unless given. */
  against?: Readonly<Record<string, string>>
}

/** One N of one method: accuracy in [0, 1]. */
export interface BestOfNPoint extends Interval {
  n: number
  /** Its differences, paired by problem, from pass@1 and majority; of a reward also from another one, by its name. */
  versus: Record<string, Difference> & { 'pass@1': Difference; majority: Difference }
}

export interface BestOfNCurve {
  /** How an answer is chosen: 'reference' lines know no reward, 'best' takes the top score, 'vote' weighs answers by exp(score). */
  kind: 'reference' | 'best' | 'vote'
  /** The reward used; null for references. */
  reward: string | null
  points: BestOfNPoint[]
  /**
   * What more samples cost: accuracy at the largest N minus at its best one, paired by problem. Being compared with the best of several,
   * it leans downwards by chance. null where the largest N is the best.
   */
  fall: (Interval & { from: number; to: number }) | null
}

/** Plain data, ready for JSON, a table or a plot. */
export interface BestOfNReport {
  /** Number of problems. */
  problems: number
  /** Samples of a problem, at least. */
  samples: number
  counts: number[]
  confidence: number
  resamples: number
  /** By name: 'pass@1', 'majority', each reward, each reward + ' vote', 'pass@N'. */
  methods: Record<string, BestOfNCurve>
}

/**
 * Accuracy of Best-of-N for every reward, against pass@1 (one sample), majority vote and pass@N (the oracle).
 * Per problem, pass@N and best-by-score are exact expectations over all N-subsets of its pool, votes are means over its
 * disjoint blocks of N; intervals are percentile bootstrap over problems, all methods on the same resamples.
 * @throws InputError if a pool is smaller than an N, a candidate lacks a score, or `against` names no reward
 */
export function bestOfNAccuracy(pools: readonly ScoredPool[], options: BestOfNOptions): BestOfNReport {
  const { counts, confidence = 0.95, against = {} } = options
  const rewards = options.rewards ?? Object.keys(pools[0]?.candidates[0]?.scores ?? {})
  const samples = checkedSamples(pools, counts)
  const methods = methodsOf(rewards)
  const stranger = Object.values(against).find((name) => !rewards.includes(name))
  if (stranger !== undefined) throw new InputError(`no reward is called '${stranger}', to compare with`)
  const problems = repetitionsOf(pools)
  const draws = drawResamples(problems.size, options)
  // a problem that was repeated less often than others has no part in the last of them
  const repetitions = Math.min(...Array.from(problems.values(), (pools) => pools.length))

  const measure = (candidates: readonly Candidate[][], { accuracy }: Method) =>
    counts.map((n): Measured => {
      const byPool = candidates.map((pool) => accuracy(pool, n))
      const values = Array.from(problems.values(), (repetitions) =>
        meanOf(repetitions.map((pool) => byPool[pool])),
      )
      const seeds = Array.from({ length: repetitions }, (_, seed) =>
        meanOf(Array.from(problems.values(), (pools) => byPool[pools[seed]])),
      )
      return { mean: meanOf(values), resampled: resampledMeans(values, draws), seeds }
    })
  const minus = (a: Measured, b: Measured): Difference => ({
    ...percentileInterval(
      a.mean - b.mean,
      a.resampled.map((value, row) => value - b.resampled[row]),
      confidence,
    ),
    seeds: a.seeds.map((value, seed) => value - b.seeds[seed]),
  })
  const measured = new Map<string, Measured[]>()
  for (const reward of [null, ...rewards]) {
    const candidates = pools.map((pool) => candidatesOf(pool, reward))
    for (const method of methods)
      if (method.reward === reward) measured.set(method.name, measure(candidates, method))
  }
  const at = (name: string, i: number) => (measured.get(name) as Measured[])[i]
  const referencesOf = ({ kind, name }: Method) => {
    const other = against[name] ?? rewards[0]
    return ['pass@1', 'majority', ...(kind === 'best' && other !== name ? [other] : [])]
  }
  const shareOf = ({ mean, resampled }: Measured) =>
    shareInterval(percentileInterval(mean, resampled, confidence), draws.kinds, confidence)
  const pointOf = (method: Method, n: number, i: number): BestOfNPoint => ({
    n,
    ...shareOf(at(method.name, i)),
    versus: Object.fromEntries(
      referencesOf(method).map((other) => [other, minus(at(method.name, i), at(other, i))]),
    ) as BestOfNPoint['versus'],
  })
  const fallOf = (name: string): BestOfNCurve['fall'] => {
    const best = [...counts.keys()].reduce((a, b) => (at(name, b).mean > at(name, a).mean ? b : a))
    const last = counts.indexOf(Math.max(...counts))
    // of one problem nothing is known
    if (draws.kinds === 1 || at(name, best).mean <= at(name, last).mean) return null
    const { seeds: _, ...fall } = minus(at(name, last), at(name, best))
    return { from: counts[best], to: counts[last], ...fall }
  }
  return {
    problems: problems.size,
    samples,
    counts: [...counts],
    confidence,
    resamples: draws.resamples,
    methods: Object.fromEntries(
      methods.map((method) => {
        const { name, kind, reward } = method
        return [
          name,
          { kind, reward, points: counts.map((n, i) => pointOf(method, n, i)), fall: fallOf(name) },
        ]
      }),
    ),
  }
}

interface Measured {
  mean: number
  resampled: Float64Array
  /** Of each repetition. */
  seeds: number[]
}

interface Method {
  name: string
  kind: BestOfNCurve['kind']
  reward: string | null
  /** Expected correctness with n samples of one problem. */
  accuracy: (pool: Candidate[], n: number) => number
}

function methodsOf(rewards: readonly string[]): Method[] {
  const right = (pool: Candidate[]) => pool.filter(({ correct }) => correct).length
  const methods: Method[] = [
    { name: 'pass@1', kind: 'reference', reward: null, accuracy: (pool) => right(pool) / pool.length },
    {
      name: 'majority',
      kind: 'reference',
      reward: null,
      accuracy: (pool, n) => expectedOverBlocks(pool, n, majority),
    },
    ...rewards.map((reward): Method => ({ name: reward, kind: 'best', reward, accuracy: expectedBestOf })),
    ...rewards.map(
      (reward): Method => ({
        name: `${reward} vote`,
        kind: 'vote',
        reward,
        accuracy: (pool, n) => expectedOverBlocks(pool, n, weightedVote),
      }),
    ),
    {
      name: 'pass@N',
      kind: 'reference',
      reward: null,
      accuracy: (pool, n) => passAt(pool.length, right(pool), n),
    },
  ]
  const names = methods.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new InputError(`two methods are called '${twice}'`, { fix: 'rename the reward' })
  return methods
}

/** By problem, which pools are its. */
function repetitionsOf(pools: readonly ScoredPool[]): Map<string, number[]> {
  const problems = new Map<string, number[]>()
  for (const [pool, { id }] of pools.entries()) problems.set(id, [...(problems.get(id) ?? []), pool])
  return problems
}

/** The samples of a pool with the score of a reward, 0 for none. */
function candidatesOf({ id, candidates }: ScoredPool, reward: string | null): Candidate[] {
  return candidates.map(({ answer, correct, scores }, i) => {
    if (reward === null) return { answer, correct, score: 0 }
    const score = Object.hasOwn(scores, reward) ? scores[reward] : Number.NaN
    if (Number.isNaN(score)) throw new InputError(`sample ${i} has no '${reward}' score`, { where: id })
    return { answer, correct, score }
  })
}

function checkedSamples(pools: readonly ScoredPool[], counts: readonly number[]): number {
  if (counts.length === 0) throw new InputError('no N to evaluate')
  let samples = Number.POSITIVE_INFINITY
  for (const { id, candidates } of pools) {
    samples = Math.min(samples, candidates.length)
    for (const n of counts)
      if (!(Number.isInteger(n) && n >= 1 && n <= candidates.length))
        throw new InputError(`N = ${n} of ${candidates.length} samples`, {
          where: id,
          fix: 'sample more, or lower N',
        })
  }
  return samples
}
