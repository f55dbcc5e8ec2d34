import { normalise, sameAnswer } from '../reasoning/answer.ts'
import type { Finish } from '../reasoning/types.ts'
import type { RewardScores } from '../reward/scores.ts'

/** One attempt at a problem. */
export interface Attempt {
  steps: string[]
  /** null for one that was cut short, or that ended without one. */
  answer: string | null
  /** 'step': a search gave it up. */
  finish: Finish
  /** Generated tokens, where they are its own. */
  tokens?: number
  /** Of a whole sample. */
  seed?: number
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

/** Attempts at a problem in the order of their worth. */
export interface Ranking {
  /** Finished attempts with an answer, best first; equal scores in the order of sampling. */
  ranked: ScoredAttempt[]
  /** Attempts cut short, given up by the search, or without an answer: not scored, so never ranked. */
  unfinished: Attempt[]
  /** The first of `ranked`; null when nothing finished. */
  winner: ScoredAttempt | null
  /** The best of those with another answer. */
  runnerUp: ScoredAttempt | null
  /** By falling best score. */
  answers: AnswerTally[]
}

export type Answered = Attempt & { answer: string }

export function hasAnswer(attempt: Attempt): attempt is Answered {
  return attempt.answer !== null
}

/** @param scores of the attempts with an answer, in order */
export function ranking(attempts: readonly Attempt[], scores: readonly RewardScores[]): Ranking {
  const ranked = attempts
    .filter(hasAnswer)
    .map((attempt, i): ScoredAttempt => ({ ...attempt, ...scores[i] }))
    .sort((a, b) => b.score - a.score)
  const winner = ranked.at(0) ?? null
  return {
    ranked,
    unfinished: attempts.filter((attempt) => !hasAnswer(attempt)),
    winner,
    runnerUp: ranked.find(({ answer }) => winner !== null && !sameAnswer(answer, winner.answer)) ?? null,
    answers: tallied(ranked),
  }
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
