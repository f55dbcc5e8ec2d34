import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Continuation, Generator, StepScorer } from '../reasoning/types.ts'
import { type StepScores, scoresOfHazards } from '../reward/scores.ts'
import { best } from '../search/best-of-n.ts'
import type { Task, TaskProblem } from '../tasks/index.ts'
import { type BestOfNReport, bestOfN, type ScoredPool } from './best-of-n.ts'

export interface DemoOptions {
  generator: Generator
  scorer: StepScorer
  tasks: readonly Task[]
  /** Problems of each task: 0, 1, ... of its test split. */
  problems: number
  /** Samples of each problem; 16 at least, for the table. */
  samples: number
  /** Sample i of a problem has the seed seedOf('demo', seed, problem id, i). */
  seed: number
  /** Called whenever `count` more solutions are sampled and scored. */
  onProgress?: (count: number) => void
}

/** One sample, judged by the exact verifier and, if it finished with an answer, by the reward model. */
export interface DemoSample {
  steps: string[]
  answer: string | null
  /** The truth: false also for one that was cut short. */
  correct: boolean
  /** The truth: the first wrong step (0 is the first), null for none. */
  first_error: number | null
  /** null for a sample that was cut short or gave no answer. */
  scores: StepScores | null
}

/** A problem whose first sample is wrong while the reward model's pick of all samples is right. */
export interface DemoExample {
  id: string
  problem: string
  truth: string
  /** Problems looked at until this one was found, it included. */
  looked: number
  /** Right samples among all. */
  right: number
  first: DemoSample
  pick: DemoSample
}

export interface DemoTask {
  task: string
  /** Problems whose first sample is wrong, and of those, how many the pick mends. */
  firstWrong: number
  mended: number
  /** Problems whose first sample is right and the pick wrong. */
  spoilt: number
  example: DemoExample | null
  bestOfN: BestOfNReport
}

export interface DemoResult {
  problems: number
  samples: number
  seed: number
  tasks: DemoTask[]
  /** Over the problems of all tasks. */
  bestOfN: BestOfNReport
}

/** The name that the reward model's score has in the reports. */
export const demoReward = 'CRM'
/** The N of the table. */
export const demoCounts = [1, 4, 16]
/** Problems sampled together: enough to keep a few threads busy, few enough for progress to be seen. */
const chunk = 10

/**
 * Best of n on a few test problems of every task, computed on the spot: who is right by the exact verifier, what the
 * reward model says, and one problem a task that shows what it is for. The same arguments give the same result.
 */
export async function demo(options: DemoOptions): Promise<DemoResult> {
  const { tasks, problems, samples, seed } = options
  const most = Math.max(...demoCounts)
  if (samples < most) throw new InputError(`${samples} samples a problem: ${most} at least`)
  const jobs = tasks.flatMap((task) =>
    Array.from({ length: Math.ceil(problems / chunk) }, async (_, i) => {
      const from = i * chunk
      const count = Math.min(chunk, problems - from)
      const some = Array.from({ length: count }, (_, j) => task.problem('test', from + j))
      return { task, attempted: await attempt(task, some, options) }
    }),
  )
  const done = await Promise.all(jobs)
  const pools: ScoredPool[] = []
  const reports = tasks.map((task): DemoTask => {
    const attempted = done.filter((job) => job.task === task).flatMap((job) => job.attempted)
    const own = attempted.map(poolOf)
    pools.push(...own)
    return { task: task.name, ...compared(attempted), bestOfN: report(own, seed) }
  })
  return { problems, samples, seed, tasks: reports, bestOfN: report(pools, seed) }
}

interface Attempted {
  problem: TaskProblem
  samples: DemoSample[]
}

async function attempt(
  task: Task,
  problems: TaskProblem[],
  { generator, scorer, samples, seed, onProgress }: DemoOptions,
): Promise<Attempted[]> {
  const sampled = await generator.generate(
    problems.map(({ id, problem }) => ({
      problem,
      seeds: Array.from({ length: samples }, (_, i) => seedOf('demo', seed, id, i)),
      until: 'end',
    })),
  )
  const judged = problems.map((problem, i) => ({
    problem,
    samples: sampled[i].map((continuation) => verified(task, problem, continuation)),
  }))
  const answered = judged.flatMap(({ problem: { problem }, samples }) =>
    samples.filter(({ answer }) => answer !== null).map((sample) => ({ problem, sample })),
  )
  const hazards = await scorer.score(answered.map(({ problem, sample }) => ({ problem, steps: sample.steps })))
  for (const [i, { sample }] of answered.entries()) sample.scores = scoresOfHazards(hazards[i])
  onProgress?.(problems.length * samples)
  return judged
}

/** One that was cut short has no answer, whatever its last words look like. */
function verified(task: Task, problem: TaskProblem, { steps, finish }: Continuation): DemoSample {
  const verdict = task.verify(problem, steps)
  const ended = finish === 'end'
  return {
    steps,
    answer: ended ? verdict.answer : null,
    correct: ended && verdict.correct,
    first_error: ended || !verdict.correct ? verdict.firstError : steps.length - 1,
    scores: null,
  }
}

/** log S(T); a sample without an answer is never chosen before one with. */
function scoreOf({ scores }: DemoSample): number {
  return scores === null ? Number.NEGATIVE_INFINITY : scores.rewards.reduce((sum, reward) => sum + reward, 0)
}

function poolOf({ problem: { id }, samples }: Attempted): ScoredPool {
  const candidates = samples.map((sample) => ({
    answer: sample.answer,
    correct: sample.correct,
    scores: { [demoReward]: scoreOf(sample) },
  }))
  return { id, candidates }
}

function report(pools: readonly ScoredPool[], seed: number): BestOfNReport {
  return bestOfN(pools, { counts: demoCounts, rewards: [demoReward], seed, resamples: 1000 })
}

function compared(attempted: readonly Attempted[]): Omit<DemoTask, 'task' | 'bestOfN'> {
  let firstWrong = 0
  let mended = 0
  let spoilt = 0
  let example: DemoExample | null = null
  for (const [i, { problem, samples }] of attempted.entries()) {
    const [first] = samples
    const pick = best(samples.map((sample) => ({ sample, answer: sample.answer, score: scoreOf(sample) })))?.sample
    if (pick === undefined) continue
    if (first.correct) spoilt += Number(!pick.correct)
    else firstWrong++
    if (first.correct || !pick.correct) continue
    mended++
    // a strip needs scores
    if (example !== null || first.scores === null) continue
    const { id, problem: text, truth } = problem
    const right = samples.filter(({ correct }) => correct).length
    example = { id, problem: text, truth, looked: i + 1, right, first, pick }
  }
  return { firstWrong, mended, spoilt, example }
}
