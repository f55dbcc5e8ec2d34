import { answerOf, normalise, sameAnswer } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Finish, Generator } from '../reasoning/types.ts'
import type { RewardScores } from '../reward/scores.ts'

export interface SolveOptions {
  generator: Generator
  /** What a reward says of each solution, in order: see `rewardScores`. */
  reward: (solutions: { problem: string; steps: string[] }[]) => Promise<RewardScores[]>
  /** Solutions to sample. */
  n: number
  /** Sample i has the seed seedOf('solve', seed, i). */
  seed: number
}

/** One sampled attempt. */
export interface Attempt {
  steps: string[]
  /** null for one that was cut short, or that ended without one. */
  answer: string | null
  finish: Finish
  tokens: number
  seed: number
}

/** A finished attempt with an answer, and its scores. */
export interface ScoredAttempt extends Attempt, RewardScores {
  answer: string
}

/** All attempts that came to one answer. */
export interface AnswerTally {
  answer: string
  votes: number
  /** The highest P(correct) among them: S(T) for CRM. */
  best: number
  /** Their P(correct), summed: the expected number of right ones. */
  sum: number
}

export interface SolveResult {
  problem: string
  n: number
  seed: number
  /** Finished attempts with an answer, best first; equal scores in the order of sampling. */
  ranked: ScoredAttempt[]
  /** Attempts cut short or without an answer: not scored, so never ranked. */
  unfinished: Attempt[]
  /** The first of `ranked`; null when nothing finished. */
  winner: ScoredAttempt | null
  /** The best of those with another answer. */
  runnerUp: ScoredAttempt | null
  /** By falling best score. */
  answers: AnswerTally[]
}

/**
 * Best of n: samples n solutions of a problem and ranks them by a reward, S(T) for CRM, the probability that the answer is
 * right (Zhang et al., arXiv 2509.26578; crm.md section 3). The same arguments give the same result.
 *
 * @throws InputError on a problem without text, and where generator or reward refuse it (too long for the model)
 */
export async function solve(problem: string, options: SolveOptions): Promise<SolveResult> {
  const { generator, reward, n, seed } = options
  if (problem.trim() === '') throw new InputError('the problem is empty')
  if (!Number.isInteger(n) || n < 1) throw new InputError(`cannot sample ${n} solutions`)
  const seeds = Array.from({ length: n }, (_, i) => seedOf('solve', seed, i))
  const [continuations] = await generator.generate([{ problem, seeds, until: 'end' }])
  const attempts = continuations.map(
    (continuation): Attempt => ({
      ...continuation,
      answer: continuation.finish === 'end' ? answerOf(continuation.steps) : null,
    }),
  )
  const finished = attempts.filter(hasAnswer)
  const scores = await reward(finished.map(({ steps }) => ({ problem, steps })))
  const ranked = finished
    .map((attempt, i): ScoredAttempt => ({ ...attempt, ...scores[i] }))
    .sort((a, b) => b.score - a.score)
  const winner = ranked.at(0) ?? null
  return {
    problem,
    n,
    seed,
    ranked,
    unfinished: attempts.filter((attempt) => !hasAnswer(attempt)),
    winner,
    runnerUp: ranked.find(({ answer }) => winner !== null && !sameAnswer(answer, winner.answer)) ?? null,
    answers: tallied(ranked),
  }
}

type Answered = Attempt & { answer: string }

function hasAnswer(attempt: Attempt): attempt is Answered {
  return attempt.answer !== null
}

function tallied(ranked: readonly ScoredAttempt[]): AnswerTally[] {
  const tally = new Map<string, AnswerTally>()
  for (const { answer, p_correct } of ranked) {
    const group = tally.get(normalise(answer))
    if (group === undefined)
      tally.set(normalise(answer), { answer, votes: 1, best: p_correct, sum: p_correct })
    else {
      group.votes++
      group.sum += p_correct
    }
  }
  return [...tally.values()]
}
