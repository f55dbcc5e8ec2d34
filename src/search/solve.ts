import { sampledAnswer } from '../data/samples.ts'
import { unlessAborted } from '../reasoning/abort.ts'
import { checkCounts } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Generator } from '../reasoning/types.ts'
import { type Scorer, type StepScored, scoresBy, stepEvents, threadsFor } from '../reward/score.ts'
import { embeddedScorer } from '../reward/scorer.ts'
import type { RewardScores } from '../reward/scores.ts'
import type { ToScore } from '../reward/scoring.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { beamSearches } from './beam.ts'
import { bestFirstSearch } from './best-first.ts'
import type { Pruned } from './lockstep.ts'
import { prunedBestOfN } from './pruned.ts'
import { type Attempt, hasAnswer, type Ranking, ranking } from './ranking.ts'

export interface SolveOptions {
  /** Writes the solutions. Default: the policy that comes with assay, on this machine, for this call. */
  generator?: Generator
  /** Says how good they are. Default: the CRM that comes with assay, likewise. */
  scorer?: Scorer
  /** Solutions to sample; of a beam search, continuations at each depth. Default 16. */
  n?: number
  /** Default 1. Where generator and scorer keep to seeds, the same one gives the same result. */
  seed?: number
  /** Ends generation and scoring at once; the call rejects with the signal's reason. */
  signal?: AbortSignal
  /** Told of all that happens, as it happens. */
  onEvent?: (event: SearchEvent) => void
}

/** What happens in a search. Plain data. */
export type SearchEvent = StepScored | CandidatePruned

/** A search gave up a solution, or the beginning of one: it cannot win, or others of its length are better. */
export interface CandidatePruned {
  type: 'candidate-pruned'
  problem: string
  steps: string[]
  /** What it was worth: log S(t) for a CRM, in nats. */
  score: number
}

export interface SolveResult extends Ranking {
  problem: string
  n: number
  seed: number
  search: SearchName
}

export interface BestOfNOptions extends SolveOptions {
  /**
   * Write the solutions step by step, and stop each as soon as it cannot win any more: the best of n for fewer tokens. For rewards with
   * hazards. Default false: n samples, whole.
   */
  prune?: boolean
}

/**
 * Samples n solutions of a problem and ranks them by a reward: for a CRM by S(T), the probability that the answer is right (Zhang
 * et al., arXiv 2509.26578; docs/crm.md section 3). A solution that was cut short, or has no answer, has no score and is never ranked.
 * Sample i has the seed seedOf('solve', seed, i).
 *
 * @throws InputError on a problem without text, counts below 1, n above 100,000, and where generator or scorer refuse it (too long for the model); the
 * signal's reason; what generator and scorer throw: one that fails is an error, never a score
 */
export async function bestOfN(
  problem: string,
  { prune = false, ...options }: BestOfNOptions = {},
): Promise<SolveResult> {
  if (!prune)
    return solve('best-of-n', problem, options, async ({ generator, n, seed, signal }) => {
      const seeds = Array.from({ length: n }, (_, i) => seedOf('solve', seed, i))
      const asked = generator.generate([{ problem, seeds, until: 'end' }], { signal })
      const [continuations = []] = await unlessAborted(asked, signal)
      if (continuations.length !== n)
        throw new Error(`the generator gave ${continuations.length} of ${n} solutions`)
      return continuations.map((continuation) => ({ ...continuation, answer: sampledAnswer(continuation) }))
    })
  return solve('pruned', problem, options, async ({ hazards, ...search }) => {
    const [{ candidates }] = await prunedBestOfN([{ id: 'solve', problem }], { ...search, scorer: hazards })
    const finish = { finished: 'end', cut: 'length', pruned: 'step' } as const
    return candidates.map(({ steps, answer, tokens, state }) => ({
      steps,
      answer,
      tokens,
      finish: finish[state],
    }))
  })
}

export interface BeamSearchOptions extends SolveOptions {
  /** Prefixes kept at each depth; n must be a multiple of it. Default: a quarter of n, or 1 where that is no whole number. */
  beams?: number
  /** Independent subtrees, each of which keeps its best: see {@link beamSearches}. */
  diverse?: boolean
}

/**
 * Looks for a solution step by step: of n continuations at each depth the best `beams` go on, by what the reward says of them so far.
 * Those that come to an answer are ranked as by {@link bestOfN}, and all else is as there.
 */
export async function beamSearch(
  problem: string,
  { beams, diverse, ...options }: BeamSearchOptions = {},
): Promise<SolveResult> {
  return solve('beam', problem, options, async ({ prefixScores, ...search }) => {
    const width = beams ?? (search.n % 4 === 0 ? search.n / 4 : 1)
    const score = async (prefixes: ToScore[]) => (await prefixScores(prefixes)).map(({ score }) => score)
    const [found] = await beamSearches([{ id: 'solve', problem }], {
      ...search,
      score,
      beams: width,
      diverse,
    })
    return found.beams.map(({ steps, answer }) => ({
      steps,
      answer,
      finish: answer === null ? 'step' : 'end',
    }))
  })
}

/** The likeliest prefix first, n times 4 prefixes at most, 4 continuations each. For rewards with hazards. */
async function bestFirst(problem: string, options: SolveOptions = {}): Promise<SolveResult> {
  return solve('best-first', problem, options, async ({ hazards, ...search }) => {
    const [{ winner }] = await bestFirstSearch([{ id: 'solve', problem }], {
      ...search,
      scorer: hazards,
      maxExpansions: 4 * search.n,
    })
    return winner === null ? [] : [{ ...winner, finish: 'end' }]
  })
}

/** How solutions are found, by name. */
export const searches = {
  'best-of-n': bestOfN,
  pruned: (problem, options) => bestOfN(problem, { ...options, prune: true }),
  beam: beamSearch,
  'best-first': bestFirst,
} satisfies Record<string, (problem: string, options?: SolveOptions) => Promise<SolveResult>>

export type SearchName = 'best-of-n' | 'pruned' | 'beam' | 'best-first'

/** What a search works with. */
interface Means {
  generator: Generator
  n: number
  seed: number
  signal: AbortSignal | undefined
  /** Scores of prefixes, each with one step that was not scored before. */
  prefixScores: (prefixes: readonly ToScore[]) => Promise<RewardScores[]>
  /** The same as a StepScorer, of a reward that has hazards. */
  hazards: { score(prefixes: readonly ToScore[]): Promise<number[][]> }
  onPruned: (pruned: Pruned) => void
}

/** n at most. */
export const mostSolutions = 100_000

async function solve(
  search: SearchName,
  problem: string,
  { generator, scorer, n = 16, seed = 1, signal, onEvent = () => {} }: SolveOptions,
  find: (means: Means) => Promise<Attempt[]>,
): Promise<SolveResult> {
  if (typeof problem !== 'string') throw new InputError(`the problem must be a text, not a ${typeof problem}`)
  if (problem.trim() === '') throw new InputError('the problem is empty')
  checkCounts({ n })
  if (n > mostSolutions) throw new InputError(`n is ${n}`, { fix: `Make n ${mostSolutions} at most.` })
  signal?.throwIfAborted()
  const threads = threadsFor(n)
  const own: { close(): Promise<void> }[] = []
  const owned = <Model extends { close(): Promise<void> }>(model: Model) => {
    own.push(model)
    return model
  }
  try {
    const by = scorer ?? owned(embeddedScorer(undefined, { threads }))
    const prefixScores: Means['prefixScores'] = async (prefixes) => {
      const scores = await scoresBy(by, prefixes, signal)
      for (const [i, prefix] of prefixes.entries())
        for (const event of stepEvents(prefix, scores[i], prefix.steps.length - 1)) onEvent(event)
      return scores
    }
    const attempts = await find({
      generator: generator ?? owned(embeddedGenerator(undefined, { threads })),
      n,
      seed,
      signal,
      prefixScores,
      hazards: { score: async (prefixes) => (await prefixScores(prefixes)).map(hazardsOf) },
      onPruned: ({ steps, score }) => onEvent({ type: 'candidate-pruned', problem, steps, score }),
    })
    const solutions = attempts.filter(hasAnswer).map(({ steps }) => ({ problem, steps }))
    const scores = solutions.length === 0 ? [] : await scoresBy(by, solutions, signal)
    if (search === 'best-of-n')
      for (const [i, solution] of solutions.entries())
        for (const event of stepEvents(solution, scores[i])) onEvent(event)
    return { problem, n, seed, search, ...ranking(attempts, scores) }
  } finally {
    const closed = Promise.all(own.map((model) => model.close()))
    // who gave up does not wait for threads that are still reading their models
    if (!signal?.aborted) await closed
  }
}

function hazardsOf({ hazards }: RewardScores): number[] {
  if (hazards) return hazards
  throw new InputError('this search needs a reward with hazards', {
    fix: 'Use a crm or masked-prm, or another search.',
  })
}
