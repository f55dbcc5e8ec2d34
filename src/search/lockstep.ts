import { unlessAborted } from '../reasoning/abort.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Continuation, Finish, Generator, Problem, StepScorer } from '../reasoning/types.ts'
import { checkedHazards } from '../reward/checked.ts'

export interface SearchOptions {
  generator: Generator
  seed: number
  /** A solution continued this often without coming to its end is cut. Ending can take a continuation of its own. Default 40. */
  maxSteps?: number
  /** Told of each prefix that the search gives up, as others are better. */
  onPruned?: (pruned: Pruned) => void
  signal?: AbortSignal
}

export interface Pruned {
  /** The problem's. */
  id: string
  steps: string[]
  score: number
}

export const maxStepsDefault = 40

/** What a search of one problem took. */
export interface SearchCost {
  /** Generated tokens, those of merged, pruned and cut continuations included. */
  tokens: number
  /** Distinct prefixes scored: one new step each, as a score is causal. */
  scoredSteps: number
}

/** A prefix to continue by one step, once per seed. */
export interface Expansion {
  prefix: string[]
  seeds: number[]
}

/** One continuation of an expansion. */
export interface Child<V> {
  /** The prefix, and the step after it; none was added where the solution ended, or the step had no text. */
  steps: string[]
  /** 'step': can go on; 'end': finished; 'length': cut */
  finish: Finish
  /** Generated tokens of this continuation. */
  tokens: number
  /** The score of `steps`; undefined where there are none, and with 'length': the last is cut, or nothing fits after it. */
  value: V | undefined
}

/** A search of one problem: it yields expansions, is given their children in that order, and returns its result. */
export type Search<V, R> = Iterator<Expansion[], R, Child<V>[][]>

export type Scorable = { problem: string; steps: string[] }

export interface SearchActors<V> extends Pick<SearchOptions, 'generator' | 'signal'> {
  /** Values in the order of the solutions. */
  score: (solutions: Scorable[], options?: { signal?: AbortSignal }) => Promise<V[]>
}

/**
 * Runs a search of every problem, all of them in the same generator and scorer calls; a result depends on its own problem
 * alone. Equal prefixes of a problem are scored once, so they tie exactly.
 *
 * @throws InputError on a problem without text; the signal's reason; what generator and scorer throw
 */
export async function lockstep<V, R>(
  problems: readonly Problem[],
  search: (problem: Problem) => Search<V, R>,
  { generator, score, signal }: SearchActors<V>,
): Promise<(R & SearchCost & { id: string })[]> {
  const runs = problems.map((problem): Run<V, R> => {
    if (problem.problem.trim() === '') throw new InputError('the problem is empty', { where: problem.id })
    const steps = search(problem)
    return { ...problem, steps, turn: steps.next(), values: new Map(), tokens: 0 }
  })
  while (true) {
    const live = runs.flatMap((run) => (run.turn.done ? [] : [{ run, expansions: run.turn.value }]))
    if (live.length === 0) break
    signal?.throwIfAborted()
    const requests = live.flatMap(({ run: { problem }, expansions }) =>
      expansions.map((expansion) => ({ problem, ...expansion, until: 'step' as const })),
    )
    const continuations = await unlessAborted(generator.generate(requests, { signal }), signal)
    if (continuations.length !== requests.length)
      throw new Error(`the generator answered ${continuations.length} of ${requests.length} requests`)
    for (const [i, { seeds }] of requests.entries())
      if (continuations[i].length !== seeds.length)
        throw new Error(`the generator gave ${continuations[i].length} of ${seeds.length} continuations`)
    let next = 0
    const grown = live.map(({ run, expansions }) => {
      const fit = (steps: string[]) => fits(generator, run.problem, steps)
      const children = expansions.map(({ prefix }) =>
        continuations[next++].map((continuation): Child<V> => continued(prefix, continuation, fit)),
      )
      return { run, children }
    })
    await unlessAborted(addValues(grown, score, signal), signal)
    for (const { run, children } of grown) {
      for (const { tokens } of children.flat()) run.tokens += tokens
      run.turn = run.steps.next(children)
    }
  }
  return runs.map(({ id, turn, tokens, values }) => ({
    id,
    ...(turn.value as R),
    tokens,
    scoredSteps: values.size,
  }))
}

/** Does a prefix leave the policy room to go on? */
export function fits(generator: Generator, problem: string, prefix: string[]): boolean {
  return generator.fits?.(problem, prefix) ?? true
}

interface Run<V, R> extends Problem {
  steps: Search<V, R>
  turn: IteratorResult<Expansion[], R>
  /** By the steps scored. */
  values: Map<string, V | undefined>
  tokens: number
}

function continued(
  prefix: readonly string[],
  { steps: added, finish, tokens }: Continuation,
  fits: (steps: string[]) => boolean,
): Child<never> {
  const steps = [...prefix, ...added]
  return { steps, finish: finish === 'step' && !fits(steps) ? 'length' : finish, tokens, value: undefined }
}

async function addValues<V, R>(
  grown: readonly { run: Run<V, R>; children: Child<V>[][] }[],
  score: SearchActors<V>['score'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const scorable = grown.flatMap(({ run: { problem, values }, children }) =>
    children
      .flat()
      .filter(({ steps, finish }) => finish !== 'length' && steps.length > 0)
      .map((child) => ({ child, key: JSON.stringify(child.steps), problem, values })),
  )
  const unscored: typeof scorable = []
  for (const each of scorable) {
    if (each.values.has(each.key)) continue
    each.values.set(each.key, undefined)
    unscored.push(each)
  }
  if (unscored.length > 0) {
    const solutions = unscored.map(({ problem, child: { steps } }) => ({ problem, steps }))
    const scores = await score(solutions, { signal })
    if (scores.length !== unscored.length)
      throw new Error(`the scorer returned ${scores.length} scores of ${unscored.length} solutions`)
    for (const [i, { values, key }] of unscored.entries()) values.set(key, scores[i])
  }
  for (const { child, values, key } of scorable) child.value = values.get(key)
}

/**
 * Hazards of each solution, shape [T]. They saturate: sigmoid(u) is exactly 1 from about u = 37 on, and log S
 * then -Infinity. Throws ScorerFailed where the scorer gives not one in [0, 1] to each step.
 */
export function hazardsOf(scorer: StepScorer): SearchActors<number[]>['score'] {
  return async (solutions, options) => checkedHazards(await scorer.score(solutions, options), solutions)
}
