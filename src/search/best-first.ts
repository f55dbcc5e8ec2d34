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

export interface BestFirstOptions extends SearchOptions {
  scorer: StepScorer
  /** Continuations of an expanded prefix. Default 4. */
  branching?: number
  /** Prefixes of a problem to expand at most. Default 64. */
  maxExpansions?: number
  /** Nothing is expanded once this many tokens of a problem are generated: its last expansion may go beyond. Default: no limit. */
  maxTokens?: number
}

export interface BestFirstSolution {
  steps: string[]
  answer: string
  /** Shape [T]. */
  hazards: number[]
  /** log S(T), in nats. */
  score: number
}

export interface BestFirstResult extends SearchCost {
  /** The problem's. */
  id: string
  /** Highest S(T) of the finished solutions with an answer that were found; null for none. */
  winner: BestFirstSolution | null
  /** No open prefix has a higher S than the winner, or none is left. false: the budget ran out. */
  complete: boolean
  expansions: number
}

/**
 * Best-first search over steps by CRM: always expands the open prefix with the highest S(t), into `branching` continuations,
 * until a finished solution is at least as likely. That is uniform-cost search with -log S(t), which never falls, as the cost
 * (docs/crm.md section 4): the winner has the highest S(T) of all that the expanded prefixes lead to. Hazards saturate
 * (sigmoid(u) is exactly 1 from about u = 37 on), so hopeless ones tie at -Infinity.
 *
 * Equal prefixes are one; continuation k of the e-th expansion (from 0) has the seed seedOf('best-first', seed, id, e, k).
 * On ties finished comes before open, then the earlier found.
 *
 * All problems advance in the same generator and scorer calls; a result depends on its own problem alone.
 *
 * @throws InputError on counts below 1, an empty problem, hazards outside [0, 1]; what generator and scorer throw
 */
export async function bestFirstSearch(
  problems: readonly Problem[],
  options: BestFirstOptions,
): Promise<BestFirstResult[]> {
  const counts = {
    branching: options.branching ?? 4,
    maxExpansions: options.maxExpansions ?? 64,
    maxTokens: options.maxTokens ?? Number.MAX_SAFE_INTEGER,
    maxSteps: options.maxSteps ?? maxStepsDefault,
  }
  checkCounts(counts)
  return lockstep(problems, ({ id }) => search(id, options.seed, counts), {
    ...options,
    score: hazardsOf(options.scorer),
  })
}

interface Node extends Omit<BestFirstSolution, 'answer'> {
  /** null: open */
  answer: string | null
  /** Expansions that led to it. */
  depth: number
}

function* search(
  id: string,
  seed: number,
  limits: Record<'branching' | 'maxExpansions' | 'maxTokens' | 'maxSteps', number>,
): Search<number[], Pick<BestFirstResult, 'winner' | 'complete' | 'expansions'>> {
  const queue: Node[] = [{ steps: [], hazards: [], score: 0, answer: null, depth: 0 }]
  const seen = new Set([keyOf({ steps: [], finish: 'step' })])
  let tokens = 0
  for (let expansions = 0; ; expansions++) {
    const top = first(queue)
    if (top === null || isFinished(top)) return { winner: top && solutionOf(top), complete: true, expansions }
    if (expansions === limits.maxExpansions || tokens >= limits.maxTokens) {
      const found = first(queue.filter(isFinished))
      return { winner: found && solutionOf(found), complete: false, expansions }
    }
    queue.splice(queue.indexOf(top), 1)
    const seeds = Array.from({ length: limits.branching }, (_, k) =>
      seedOf('best-first', seed, id, expansions, k),
    )
    const [children] = yield [{ prefix: top.steps, seeds }]
    for (const child of children) {
      const { steps, finish, value = [] } = child
      const depth = top.depth + 1
      const answer = sampledAnswer(child)
      const merged = seen.has(keyOf(child))
      tokens += child.tokens
      seen.add(keyOf(child))
      if (merged || (answer === null && (finish !== 'step' || depth === limits.maxSteps))) continue
      // earlier hazards stay as they were read, so the score never rises
      const hazards = [...top.hazards, ...value.slice(top.hazards.length)]
      queue.push({ steps, hazards, score: logSurvivalOfHazards(hazards), answer, depth })
    }
  }
}

function keyOf({ steps, finish }: { steps: string[]; finish: string }): string {
  return JSON.stringify([finish, steps])
}

function isFinished(node: Node): node is Node & { answer: string } {
  return node.answer !== null
}

function solutionOf({ steps, answer, hazards, score }: Node & { answer: string }): BestFirstSolution {
  return { steps, answer, hazards, score }
}

/** Highest score first, finished before open, then the earlier. */
function first<N extends Node>(queue: readonly N[]): N | null {
  let top: N | null = null
  for (const node of queue)
    if (
      top === null ||
      node.score > top.score ||
      (node.score === top.score && isFinished(node) && !isFinished(top))
    )
      top = node
  return top
}
