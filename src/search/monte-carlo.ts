import { inOrder } from '../data/in-order.ts'
import { unlessAborted } from '../reasoning/abort.ts'
import { answerOf } from '../reasoning/answer.ts'
import { seedOf } from '../reasoning/random.ts'
import type { GenerateRequest, Generator, Solution, Verdict, Verifier } from '../reasoning/types.ts'
import { fits } from './lockstep.ts'

export interface MonteCarloOptions {
  /** Rollouts of each prefix. */
  rollouts: number
  seed: number
  signal?: AbortSignal
}

export interface MonteCarloLabel {
  /** Is the final answer right? From the verifier, which is asked for nothing else. */
  correct: boolean
  answer: string | null
  /**
   * For the prefix that ends with each step, the share of its rollouts that reach the right answer, in [0, 1]: a value, not
   * a survival (docs/crm.md section 2). A prefix that has its final answer needs no rollouts: 1 if that is right, else 0.
   */
  values: number[]
  /**
   * By the label rules; 'unknown': the answer is wrong or missing, yet every prefix has a rollout that is right, or every one
   * before the first that had no room for any.
   */
  firstError: number | null | 'unknown'
}

/** A solution whose answer is known to be right or wrong. */
export type Judged<S extends Solution = Solution> = {
  solution: S
  verdict: Pick<Verdict, 'correct' | 'answer'>
}

/**
 * Step labels by Monte-Carlo estimation (Math-Shepherd, Wang et al. 2023, arXiv 2312.08935, section 3.3, hard estimation):
 * `rollouts` continuations of the policy from every prefix, each judged by its final answer. The first error is the first
 * prefix none of whose rollouts is right, where the answer is wrong; a right answer has none, whatever the values say. A
 * rollout that runs out of tokens has not reached the answer. A prefix without room for rollouts may be the first error or
 * not, so neither it nor one after it is called that.
 *
 * The rollouts of a prefix depend on the seed, the solution's id and the step alone, not on other solutions.
 *
 * @throws the signal's reason; what generator and verifier throw
 */
export async function monteCarloLabels(
  judged: readonly Judged[],
  { generator, verifier }: { generator: Generator; verifier: Verifier },
  { rollouts, seed, signal }: MonteCarloOptions,
): Promise<MonteCarloLabel[]> {
  const labels = judged.map(({ solution: { steps }, verdict: { correct, answer } }) => {
    return { correct, answer, values: new Array<number>(steps.length).fill(Number(correct)) }
  })
  const untested = judged.map(() => new Set<number>())
  const asked: { row: number; step: number; request: GenerateRequest }[] = []
  for (const [row, each] of judged.entries()) {
    const { id, problem, steps } = each.solution
    for (const step of openPrefixes(each)) {
      const prefix = steps.slice(0, step + 1)
      labels[row].values[step] = 0
      if (!fits(generator, problem, prefix)) {
        untested[row].add(step)
        continue
      }
      const seeds = Array.from({ length: rollouts }, (_, k) => seedOf('rollout', seed, id, step, k))
      asked.push({ row, step, request: { problem, prefix, seeds, until: 'end' } })
    }
  }
  const requests = asked.map(({ request }) => request)
  const continuations =
    requests.length > 0 ? await unlessAborted(generator.generate(requests, { signal }), signal) : []
  for (const [i, { row, step, request }] of asked.entries()) {
    const { id, problem } = judged[row].solution
    const right = continuations[i].filter(({ steps, finish }) => {
      if (finish !== 'end') return false
      return verifier.verify({ id, problem, steps: [...(request.prefix ?? []), ...steps] }).correct
    })
    labels[row].values[step] = right.length / rollouts
  }
  return labels.map((label, row) => ({
    ...label,
    firstError: label.correct ? null : firstFailure(label.values, untested[row]),
  }))
}

/** The steps after which a solution can still go on: all but a last one that states the answer. */
function openPrefixes({ solution: { steps } }: Judged): number[] {
  const ended = answerOf(steps) !== null
  return Array.from({ length: ended ? steps.length - 1 : steps.length }, (_, step) => step)
}

function firstFailure(values: readonly number[], untested: ReadonlySet<number>): number | 'unknown' {
  const step = values.indexOf(0)
  return step < 0 || untested.has(step) ? 'unknown' : step
}

/**
 * {@link monteCarloLabels} of a stream, in its order: about `chunk` rollouts are asked of the generator at a time, and
 * while one such chunk is made the next is read.
 */
export async function* labelByMonteCarlo<S extends Solution>(
  judged: AsyncIterable<Judged<S>>,
  actors: { generator: Generator; verifier: Verifier },
  { chunk = 2048, ...options }: MonteCarloOptions & { chunk?: number },
): AsyncGenerator<{ solution: S; label: MonteCarloLabel }> {
  async function* jobs() {
    let group: Judged<S>[] = []
    let rollouts = 0
    const job = (members: Judged<S>[]) => async () => {
      const labels = await monteCarloLabels(members, actors, options)
      return members.map(({ solution }, i) => ({ solution, label: labels[i] }))
    }
    try {
      for await (const each of judged) {
        group.push(each)
        rollouts += openPrefixes(each).length * options.rollouts
        if (rollouts < chunk) continue
        yield job(group)
        group = []
        rollouts = 0
      }
    } catch (error) {
      // what was read before the fault is labelled first
      if (group.length > 0) yield job(group)
      yield () => Promise.reject(error)
      return
    }
    if (group.length > 0) yield job(group)
  }
  for await (const labelled of inOrder(jobs(), 2, options.signal)) yield* labelled
}
