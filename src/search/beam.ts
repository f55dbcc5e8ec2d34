import { sampledAnswer } from '../data/samples.ts'
import { checkCounts } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Problem, StepScorer } from '../reasoning/types.ts'
import { logSurvivalOfHazards } from '../reward/survival.ts'
import { best } from './choosing.ts'
import {
  type Child,
  type Expansion,
  hazardsOf,
  lockstep,
  maxStepsDefault,
  type Scorable,
  type Search,
  type SearchCost,
  type SearchOptions,
} from './lockstep.ts'

/** Rewards of solutions, partial ones included, in order; higher is better. Partial ones of equal depth are compared. */
export type PrefixReward = (solutions: Scorable[], options?: { signal?: AbortSignal }) => Promise<number[]>

/** log S(t) of a prefix, in nats: the reward by which CRM searches. */
export function logSurvivalReward(scorer: StepScorer): PrefixReward {
  const score = hazardsOf(scorer)
  return async (solutions, options) => (await score(solutions, options)).map(logSurvivalOfHazards)
}

export interface BeamOptions extends SearchOptions {
  score: PrefixReward
  /** Candidates: continuations of a problem at each depth. */
  n: number
  /** Prefixes kept at each depth; n must be a multiple of it. */
  beams: number
  /**
   * Diverse verifier tree search (Beeching et al. 2024, "Scaling test-time compute with open models"): the beams are independent
   * subtrees, each of which keeps the best of its own n / beams continuations.
   */
  diverse?: boolean
}

export interface Beam {
  steps: string[]
  score: number
  /** null: not finished */
  answer: string | null
}

export interface BeamResult extends SearchCost {
  /** The problem's. */
  id: string
  /** The finished beam with the highest score, the first on ties; null where none finished. */
  winner: (Beam & { answer: string }) | null
  /** The last beams. Fewer than asked for where there were not so many different ones. */
  beams: Beam[]
}

/**
 * Beam search over steps, guided by any reward (docs/crm.md section 3): every open beam is continued by n / beams steps, and the
 * best of these, all of one depth, go on. A finished beam keeps its place. It ends when all beams are finished, or after
 * `maxSteps`.
 *
 * Equal continuations are one; where that leaves fewer beams, they share all the continuations that `beams` would have had,
 * as the empty prefix does at the start. Continuations that are cut, end without an answer, or would go on without a new
 * step, are dropped. Continuation k of beam i (of subtree j, else j = 0) at depth t has the seed
 * seedOf('beam', seed, id, j, t, i, k), all counted from 0.
 *
 * All problems advance in the same generator and reward calls; a result depends on its own problem alone.
 *
 * @throws InputError on counts below 1, n no multiple of beams, an empty problem, a reward of NaN; what generator and reward throw
 */
export async function beamSearches(
  problems: readonly Problem[],
  options: BeamOptions,
): Promise<BeamResult[]> {
  const { n, beams, maxSteps = maxStepsDefault } = options
  checkCounts({ n, beams, maxSteps })
  if (n % beams !== 0)
    throw new InputError(`${n} candidates cannot be shared by ${beams} beams`, {
      fix: `Make n a multiple of ${beams}: ${Math.ceil(n / beams) * beams}.`,
    })
  return lockstep(problems, ({ id }) => search(id, { ...options, maxSteps }), options)
}

function* search(
  id: string,
  { n, beams, seed, maxSteps, diverse = false, onPruned }: BeamOptions & { maxSteps: number },
): Search<number, Pick<BeamResult, 'winner' | 'beams'>> {
  const share = n / beams
  const width = diverse ? 1 : beams
  let trees: Beam[][] = Array.from({ length: beams / width }, () => [{ steps: [], score: 0, answer: null }])
  for (let depth = 0; depth < maxSteps; depth++) {
    const asked = trees.map((tree, j) => {
      const open = tree.filter(({ answer }) => answer === null)
      const total = share * (width - tree.length + open.length)
      return open.map(({ steps }, i): Expansion => {
        const count = Math.floor(total / open.length) + Number(i < total % open.length)
        const seeds = Array.from({ length: count }, (_, k) => seedOf('beam', seed, id, j, depth, i, k))
        return { prefix: steps, seeds }
      })
    })
    if (asked.flat().length === 0) break
    const children = yield asked.flat()
    let next = 0
    trees = trees.map((tree, j) => {
      const finished = tree.filter(({ answer }) => answer !== null)
      const grown = beamsOf(
        asked[j].flatMap(({ prefix }) =>
          // one that took no step paid no hazard either
          children[next++].filter(({ steps, finish }) => finish !== 'step' || steps.length > prefix.length),
        ),
      )
      const kept = width - finished.length
      for (const { steps, score } of grown.slice(kept)) onPruned?.({ id, steps, score })
      return [...finished, ...grown.slice(0, kept)]
    })
  }
  const last = trees.flat()
  return { winner: best(last.filter(isFinished)), beams: last }
}

/** The different ones that can go on or have an answer, best first. */
function beamsOf(children: readonly Child<number>[]): Beam[] {
  const beams = new Map<string, Beam>()
  for (const { steps, finish, value: score } of children) {
    const answer = sampledAnswer({ steps, finish })
    if (score === undefined || (answer === null && finish !== 'step')) continue
    if (Number.isNaN(score)) throw new InputError(`the reward of ${JSON.stringify(steps)} is NaN`)
    beams.set(JSON.stringify([answer, steps]), { steps, score, answer })
  }
  return [...beams.values()].sort((a, b) => b.score - a.score)
}

function isFinished(beam: Beam): beam is Beam & { answer: string } {
  return beam.answer !== null
}
