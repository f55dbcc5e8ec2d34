import { type Candidate, expectedBestOf, expectedOverBlocks, majority } from '../../search/choosing.ts'
import type { BootstrapOptions, Interval } from '../bootstrap.ts'
import { meanOver, ratiosOver } from '../ratios.ts'
import { trainingSeed } from '../seeds.ts'
import { candidates, poolSize } from './contests.ts'

/** What one judge came to in one contest. */
export interface JudgedContest {
  right: boolean
  /** Games that the model was asked, and the tokens that it read and wrote in them. */
  calls: number
  read: number
  written: number
}

/** One problem, its pool of samples, and what everyone chose among the first ones. */
export interface ContestRecord {
  id: string
  task: string
  split: string
  /** Of each sample of the pool. */
  answers: (string | null)[]
  correct: boolean[]
  /** Tokens of the problem; of each sample, as it was generated. */
  prompt: number
  tokens: number[]
  /** Of each reward's reading, a score of each sample. */
  scores: Record<string, (number | null)[]>
  /** By way of playing, one a training seed. */
  judged: Record<string, JudgedContest[]>
}

/** Parameters of the models that take part; of rewards by reading. */
export interface ModelSizes {
  policy: number
  judge: number
  rewards: Record<string, number>
}

/** Mean of a problem: games, tokens that the judge read and wrote, tokens that rewards read, and all of it with the sampling. */
export interface Compute {
  calls: number
  read: number
  written: number
  scored: number
  /** Parameters times tokens, all models together, the policy's samples included: multiply-adds, nearly. */
  work: number
}

export interface BestOfMethod extends Compute {
  name: string
  kind: 'reference' | 'reward' | 'judge' | 'teams' | 'cascade'
  accuracy: Interval
  /** Accuracy minus that of others on the same candidates, paired. */
  versus: Record<string, Interval>
  /** Of what the judge takes part in: others with nearly the same work, who have more candidates for it. */
  equalWork: { name: string; n: number; work: number; accuracy: Interval; difference: Interval }[]
}

/** A way of choosing that only gets better with more samples, by their number. */
export interface BestOfCurve {
  name: string
  points: { n: number; work: number; accuracy: Interval }[]
}

export interface BestOfSet {
  split: string
  /** 'all': of all tasks. */
  task: string
  problems: number
  candidates: number
  methods: BestOfMethod[]
  curves: BestOfCurve[]
}

export interface BestOfOptions extends BootstrapOptions {
  sizes: ModelSizes
  /** The cascade's reward, by its reading. */
  cascadeBy: string
}

/** Everyone's choices on each split: all tasks, then single ones. */
export function bestOfSets(records: readonly ContestRecord[], options: BestOfOptions): BestOfSet[] {
  const splits = [...new Set(records.map(({ split }) => split))]
  return splits.flatMap((split) => {
    const own = records.filter((record) => record.split === split)
    const tasks = [...new Set(own.map(({ task }) => task))]
    const set = (task: string, some: readonly ContestRecord[]): BestOfSet => {
      return { split, task, problems: some.length, candidates, ...measured(some, options) }
    }
    const single = tasks.map((task) =>
      set(
        task,
        own.filter((record) => record.task === task),
      ),
    )
    return tasks.length > 1 ? [set('all', own), ...single] : single
  })
}

const noCompute = { calls: 0, read: 0, written: 0, scored: 0 }

function measured(records: readonly ContestRecord[], options: BestOfOptions) {
  const { sizes, cascadeBy } = options
  const { mean, meanShare } = ratiosOver(
    records.map(({ id }) => id),
    options,
  )
  const readings = Object.keys(records[0].scores)
  const groups = [...new Set(readings.map((reading) => trainingSeed(reading).name))]
  const inGroup = (name: string) => readings.filter((reading) => trainingSeed(reading).name === name)
  const sizeOf = (name: string) => meanOver(inGroup(name), (reading) => sizes.rewards[reading])

  const generated = (record: ContestRecord, n: number) => record.prompt + n * meanOver(record.tokens, Number)
  const chosenFrom = (record: ContestRecord) =>
    record.prompt + record.tokens.slice(0, candidates).reduce((sum, tokens) => sum + tokens, 0)
  const average = (value: (record: ContestRecord) => number) => meanOver(records, value)
  const sampling = average(chosenFrom)

  const byReward = (name: string, n: number, among: number) => (record: ContestRecord) =>
    meanOver(inGroup(name), (reading) => expectedBestOf(scoredBy(record, reading, among), n))
  const byMajority = (n: number, among: number) => (record: ContestRecord) =>
    expectedOverBlocks(scoredBy(record, null, among), n, majority)
  type Values = (record: ContestRecord) => number
  const intervalOf = (values: Values) => meanShare((problem) => values(records[problem]))
  const minus = (a: Values, b: Values) => mean((problem) => a(records[problem]) - b(records[problem]))

  const curves = [
    {
      name: 'majority',
      values: (n: number) => byMajority(n, poolSize),
      work: (n: number) => sizes.policy * average((record) => generated(record, n)),
    },
    ...groups.map((name) => ({
      name,
      values: (n: number) => byReward(name, n, poolSize),
      work: (n: number) => (sizes.policy + sizeOf(name)) * average((record) => generated(record, n)),
    })),
  ]
  const counts = [1, 2, 4, 8, 16, 32, 64].filter((n) => n <= records[0].answers.length)

  const crm = trainingSeed(cascadeBy).name
  const paired = {
    majority: byMajority(candidates, candidates),
    [crm]: byReward(crm, candidates, candidates),
  }
  const method = (
    name: string,
    kind: BestOfMethod['kind'],
    values: Values,
    compute: Compute,
  ): BestOfMethod => ({
    ...{ name, kind, ...compute, accuracy: intervalOf(values) },
    versus: Object.fromEntries(
      Object.entries(paired).flatMap(([other, theirs]) =>
        other === name ? [] : [[other, minus(values, theirs)]],
      ),
    ),
    equalWork:
      kind === 'reference' || kind === 'reward'
        ? []
        : curves.map((curve) => {
            const n = nearest(counts, curve.work, compute.work)
            const theirs = curve.values(n)
            return {
              ...{ name: curve.name, n, work: curve.work(n), accuracy: intervalOf(theirs) },
              difference: minus(values, theirs),
            }
          }),
  })

  const reference = (name: string, values: Values, tokens: number) =>
    method(name, 'reference', values, { ...noCompute, work: sizes.policy * tokens })
  const firstOnes = ({ correct }: ContestRecord) => correct.slice(0, candidates)
  const methods = [
    reference(
      'pass@1',
      (record) => meanOver(firstOnes(record), Number),
      average((record) => generated(record, 1)),
    ),
    reference('majority', byMajority(candidates, candidates), sampling),
    ...groups.map((name) =>
      method(name, 'reward', byReward(name, candidates, candidates), {
        ...noCompute,
        scored: sampling,
        work: (sizes.policy + sizeOf(name)) * sampling,
      }),
    ),
    ...Object.keys(records[0].judged).map((play) => {
      const over = (value: (judged: JudgedContest) => number) => (record: ContestRecord) =>
        meanOver(record.judged[play], value)
      const [calls, read, written] = (['calls', 'read', 'written'] as const).map((of) =>
        average(over((judged) => judged[of])),
      )
      const kind = play === 'cascade' ? 'cascade' : play.endsWith('teams') ? 'teams' : 'judge'
      const scored = kind === 'cascade' ? sampling : 0
      const work = sizes.policy * sampling + sizes.judge * (read + written) + scored * sizeOf(crm)
      return method(
        play,
        kind,
        over(({ right }) => Number(right)),
        { calls, read, written, scored, work },
      )
    }),
    reference('oracle', (record) => Number(firstOnes(record).includes(true)), sampling),
  ]
  return {
    methods,
    curves: curves.map(({ name, values, work }) => ({
      name,
      points: counts.map((n) => ({ n, work: work(n), accuracy: intervalOf(values(n)) })),
    })),
  }
}

/** The first samples of a pool; without a score, or an answer, one comes last. */
function scoredBy({ answers, correct, scores }: ContestRecord, reading: string | null, count: number) {
  return answers.slice(0, count).map((answer, i): Candidate => {
    const score = reading === null ? 0 : (scores[reading][i] ?? Number.NEGATIVE_INFINITY)
    return { answer, correct: correct[i], score }
  })
}

/** The count whose work is nearest in proportion. */
function nearest(counts: readonly number[], workOf: (n: number) => number, work: number): number {
  const away = (n: number) => Math.abs(Math.log(workOf(n) / work))
  return counts.reduce((best, n) => (away(n) < away(best) ? n : best))
}
