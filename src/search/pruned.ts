import { sampledAnswer } from '../data/samples.ts'
import { checkCounts } from '../reasoning/counts.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Problem, StepScorer } from '../reasoning/types.ts'
import { logSurvivalOfHazards } from '../reward/survival.ts'
import {
  hazardsOf,
  lockstep,
  maxStepsDefault,
  type Search,
  type SearchCost,
  type SearchOptions,
} from './lockstep.ts'

export interface PrunedOptions extends SearchOptions {
  scorer: StepScorer
  /** Candidates of each problem. */
  n: number
  /** Candidates of a problem that advance at once: 1 generates fewest tokens, more keep an engine busy. Default 4. */
  width?: number
  /** false: finish every candidate. */
  prune?: boolean
}

export interface PrunedCandidate {
  /** 0 … n-1 */
  index: number
  steps: string[]
  /** Shape [T]; the last step of a cut candidate may have none. */
  hazards: number[]
  /** log S of the steps with hazards, in nats. */
  score: number
  /** 'pruned' after its last step: no continuation could win. 'cut': out of tokens or steps. */
  state: 'finished' | 'pruned' | 'cut'
  /** null where the candidate is not finished, or gave none. */
  answer: string | null
  /** Generated tokens. */
  tokens: number
}

export interface PrunedResult extends SearchCost {
  /** The problem's. */
  id: string
  /** Highest S(T) of those with an answer, lowest index on ties; null for none. */
  winner: PrunedCandidate | null
  /** All n, by index. */
  candidates: PrunedCandidate[]
}

/**
 * Best of n by CRM with exact pruning. log S(t) never rises, so S(t) bounds the S(T) of every continuation (docs/crm.md section 4):
 * a candidate stops where it cannot outrank the best finished one any more, and the winner is that of all n finished, up to
 * the rounding of scores: in float32, reading step by step, whole, or in other batches differs by that. Hazards saturate
 * (sigmoid(u) is exactly 1 from about u = 37 on), so hopeless candidates tie at -Infinity, and the first index wins.
 *
 * Candidates are written a step at a time, the one with the highest S(t) first; step t (from 0) of candidate i has the seed
 * seedOf('step', seed, id, i, t). So "all n finished" is the same with `prune: false`, and not n solutions sampled in one go:
 * a generator's stream starts anew at each request. With width 1 no order generates less: each step but a first one is the
 * continuation of a prefix that outranks the winner.
 *
 * All problems advance in the same generator and scorer calls; a result depends on its own problem alone.
 *
 * @throws InputError on counts below 1, an empty problem, hazards outside [0, 1]; what generator and scorer throw
 */
export async function prunedBestOfN(
  problems: readonly Problem[],
  options: PrunedOptions,
): Promise<PrunedResult[]> {
  const { n, width = 4, maxSteps = maxStepsDefault, scorer } = options
  checkCounts({ n, width, maxSteps })
  return lockstep(problems, ({ id }) => search(id, { ...options, width, maxSteps }), {
    ...options,
    score: hazardsOf(scorer),
  })
}

interface Growing extends Omit<PrunedCandidate, 'state'> {
  state: 'open' | 'finished' | 'cut'
}

function* search(
  id: string,
  { n, seed, width, maxSteps, prune = true, onPruned }: PrunedOptions & { width: number; maxSteps: number },
): Search<number[], Pick<PrunedResult, 'winner' | 'candidates'>> {
  const candidates = Array.from({ length: n }, (_, index): Growing & { depth: number } => {
    return { index, steps: [], hazards: [], score: 0, state: 'open', answer: null, tokens: 0, depth: 0 }
  })
  let winner: Growing | null = null
  // S(0) = 1 bounds nothing: each needs its first step
  let open = candidates
  let advancing = candidates
  while (advancing.length > 0) {
    const children = yield advancing.map(({ index, steps, depth }) => ({
      prefix: steps,
      seeds: [seedOf('step', seed, id, index, depth)],
    }))
    for (const [i, candidate] of advancing.entries()) {
      const [{ steps, finish, tokens, value }] = children[i]
      candidate.steps = steps
      candidate.tokens += tokens
      candidate.depth++
      // earlier hazards stay as they were read, so the score never rises
      if (value) candidate.hazards = [...candidate.hazards, ...value.slice(candidate.hazards.length)]
      candidate.score = logSurvivalOfHazards(candidate.hazards)
      candidate.answer = sampledAnswer({ steps, finish })
      if (finish === 'end') candidate.state = 'finished'
      else if (finish === 'length' || candidate.depth === maxSteps) candidate.state = 'cut'
      if (candidate.answer !== null && (winner === null || order(candidate, winner) < 0)) winner = candidate
    }
    const bar = prune ? winner : null
    const outranked = (candidate: Growing) => bar !== null && order(candidate, bar) >= 0
    const left = open.filter(({ state }) => state === 'open')
    for (const { steps, score } of left.filter(outranked)) onPruned?.({ id, steps, score })
    open = left.filter((candidate) => !outranked(candidate))
    advancing = [...open].sort(order).slice(0, width)
  }
  const ended = candidates.map(({ depth, state, ...candidate }): PrunedCandidate => {
    return { ...candidate, state: state === 'open' ? 'pruned' : state }
  })
  return { winner: winner && ended[winner.index], candidates: ended }
}

type Ranked = Pick<Growing, 'score' | 'index'>

/** Below 0 where `a` comes before `b`: by falling score, then by index. */
function order(a: Ranked, b: Ranked): number {
  return a.score === b.score ? a.index - b.index : b.score - a.score
}
