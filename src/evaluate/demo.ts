import { inOrder } from '../data/in-order.ts'
import { chunksOf, sampledAnswer, sampleRequest } from '../data/samples.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Continuation, Generator, PairJudge } from '../reasoning/types.ts'
import type { ScoringSession } from '../reward/reward-model.ts'
import type { RewardScores } from '../reward/scores.ts'
import { best } from '../search/choosing.ts'
import type { Task, TaskProblem } from '../tasks/index.ts'
import { type BestOfNReport, bestOfNAccuracy, type ScoredPool } from './best-of-n.ts'
import { type DemoJudging, demoJudging } from './demo-judge.ts'
import { splitProblems } from './problems.ts'

export interface DemoOptions {
  generator: Generator
  reward: Pick<ScoringSession, 'scores'>
  /** What the reward is called in reports. */
  name: string
  /** Is shown right and wrong samples beside each other. */
  judge?: PairJudge
  tasks: readonly Task[]
  /** Problems of each task: 0, 1, ... of its test split. */
  problems: number
  /** Samples of each problem; 16 at least, for the table. */
  samples: number
  /** Samples are those of `sampleSolutions` with this seed. */
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
  scores: RewardScores | null
}

/**
 * A problem whose first sample is wrong while the reward model's pick of all samples is right, and held so: P(correct) is
 * above one half. (A right pick below that is luck: often its steps are wrong and its answer is not.)
 */
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
  /** What it is called in the reports. */
  reward: string
  problems: number
  samples: number
  seed: number
  tasks: DemoTask[]
  /** Over the problems of all tasks. */
  bestOfN: BestOfNReport
  /** null: there was no judge. */
  judging: DemoJudging | null
}

/** The N of the table. */
const demoCounts = [1, 4, 16]
/** Problems sampled together: enough to keep a few threads busy, few enough for progress to be seen. */
const chunk = 10
/** Chunks sampled or scored at the same time, so that no thread waits. */
const underWay = 3

/**
 * Best of n on a few test problems of every task, computed on the spot: who is right by the exact verifier, what the
 * reward model says, and one problem a task that shows what it is for. The same arguments give the same result.
 */
export async function demo(options: DemoOptions): Promise<DemoResult> {
  const { name, judge, tasks, problems, samples, seed } = options
  const most = Math.max(...demoCounts)
  if (samples < most) throw new InputError(`${samples} samples a problem: ${most} at least`)
  async function* jobs() {
    for (const task of tasks)
      for await (const some of chunksOf(splitProblems(task, 'test', { count: problems }), chunk))
        yield () => attempt(task, some, options)
  }
  const attemptedOf = new Map(tasks.map((task): [Task, Attempted[]] => [task, []]))
  for await (const { task, attempted } of inOrder(jobs(), underWay)) {
    attemptedOf.get(task)?.push(...attempted)
    options.onProgress?.(attempted.length * samples)
  }
  const pools: ScoredPool[] = []
  const reports = [...attemptedOf].map(([task, attempted]): DemoTask => {
    const own = attempted.map((each) => poolOf(each, name))
    pools.push(...own)
    return { task: task.name, ...compared(attempted), bestOfN: report(own, name, seed) }
  })
  const judging = judge ? await demoJudging(judge, [...attemptedOf.values()].flat(), seed) : null
  const all = report(pools, name, seed)
  return { reward: name, problems, samples, seed, tasks: reports, bestOfN: all, judging }
}

interface Attempted {
  problem: TaskProblem
  samples: DemoSample[]
}

async function attempt(
  task: Task,
  problems: TaskProblem[],
  { generator, reward, samples, seed }: DemoOptions,
): Promise<{ task: Task; attempted: Attempted[] }> {
  const sampled = await generator.generate(
    problems.map((problem) => sampleRequest(problem, { n: samples, seed })),
  )
  const judged = problems.map((problem, i) => ({
    problem,
    samples: sampled[i].map((continuation) => verified(task, problem, continuation)),
  }))
  const answered = judged.flatMap(({ problem: { problem }, samples }) =>
    samples.filter(({ answer }) => answer !== null).map((sample) => ({ problem, sample })),
  )
  const scores = await reward.scores(
    answered.map(({ problem, sample }) => ({ problem, steps: sample.steps })),
  )
  for (const [i, { sample }] of answered.entries()) sample.scores = scores[i]
  return { task, attempted: judged }
}

/** One that was cut short has no answer, whatever its last words look like: it went wrong where it stopped, if not before. */
function verified(task: Task, problem: TaskProblem, continuation: Continuation): DemoSample {
  const { steps } = continuation
  const verdict = task.verify(problem, steps)
  const answer = sampledAnswer(continuation)
  const stopped = verdict.correct && answer === null
  return {
    steps,
    answer,
    correct: verdict.correct && !stopped,
    first_error: stopped ? Math.max(0, steps.length - 1) : verdict.firstError,
    scores: null,
  }
}

/** A sample without an answer is never chosen before one with. */
function scoreOf({ scores }: DemoSample): number {
  return scores?.score ?? Number.NEGATIVE_INFINITY
}

function poolOf({ problem: { id }, samples }: Attempted, name: string): ScoredPool {
  const candidates = samples.map((sample) => ({
    answer: sample.answer,
    correct: sample.correct,
    scores: { [name]: scoreOf(sample) },
  }))
  return { id, candidates }
}

function report(pools: readonly ScoredPool[], name: string, seed: number): BestOfNReport {
  return bestOfNAccuracy(pools, { counts: demoCounts, rewards: [name], seed, resamples: 1000 })
}

function compared(attempted: readonly Attempted[]): Omit<DemoTask, 'task' | 'bestOfN'> {
  let firstWrong = 0
  let mended = 0
  let spoilt = 0
  let example: DemoExample | null = null
  for (const [i, { problem, samples }] of attempted.entries()) {
    const [first] = samples
    const pick = best(
      samples.map((sample) => ({ sample, answer: sample.answer, score: scoreOf(sample) })),
    )?.sample
    if (pick === undefined) continue
    if (first.correct) spoilt += Number(!pick.correct)
    else firstWrong++
    if (first.correct || !pick.correct) continue
    mended++
    if (example !== null || first.scores === null || (pick.scores?.p_correct ?? 0) <= 0.5) continue
    const { id, problem: text, truth } = problem
    const right = samples.filter(({ correct }) => correct).length
    example = { id, problem: text, truth, looked: i + 1, right, first, pick }
  }
  return { firstWrong, mended, spoilt, example }
}
