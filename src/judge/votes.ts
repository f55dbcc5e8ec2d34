import { checkCounts } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Comparison, Judgment, NonVerdict, PairJudge } from '../reasoning/types.ts'
import { judgmentsOf } from './judgments.ts'

/** When a comparison has votes enough. */
export interface VoteRule {
  /** Most votes that it gets. */
  votes: number
  /** Votes asked for at a time; all of them by default. */
  perRound?: number
  /** Is it settled by these votes for each, with at most `left` more? Asked after each round. */
  settled?: (first: number, second: number, left: number) => boolean
}

/** Votes for each response, in the order of the comparison, whichever was shown first. */
export type Tally = [number, number]

export interface VotedJudgment extends Judgment {
  votes: Tally
  /** The same votes, by the order in which the responses were shown. */
  orders: { asGiven: Tally; swapped: Tally }
  /** Votes that named no winner: they count for nobody. */
  nonVerdicts: Record<NonVerdict, number>
  /** Each vote as the judge gave it, in the order that it was shown. */
  ballots: Judgment[]
}

export interface VotingJudge extends PairJudge {
  compare(comparisons: readonly Comparison[], options?: { signal?: AbortSignal }): Promise<VotedJudgment[]>
}

/**
 * Asks a judge several times and takes the majority of its verdicts: voted(judge, { votes: k }), or `adaptive(...)` for as many as
 * it takes.
 *
 * Vote i of a comparison has the seed seedOf('vote', seed, i); where seed + i is odd the responses are swapped, so the orders take
 * turns. All comparisons advance together, one call of the judge a round. Non-verdicts are votes spent that count for nobody. Votes
 * that are tied in the end are 'refused': as many votes said the one as the other. Without any verdict the kind is that of most votes,
 * the first one on ties.
 *
 * @throws InputError on counts below 1
 */
export function voted(judge: PairJudge, rule: VoteRule): VotingJudge {
  const { votes: most, perRound = most, settled = () => false } = rule
  checkCounts({ votes: most, perRound })
  return {
    async compare(comparisons, options) {
      const polls = comparisons.map(newPoll)
      const isOpen = ({ ballots, votes: [first, second] }: Poll) => {
        const left = most - ballots.length
        return left > 0 && !settled(first, second, left)
      }
      for (let open = polls; open.length > 0; open = open.filter(isOpen)) {
        const round = open.flatMap((poll) =>
          Array.from({ length: Math.min(perRound, most - poll.ballots.length) }, (_, i) => ({
            poll,
            swapped: isSwapped(poll, poll.ballots.length + i),
            asked: ballotPaper(poll, poll.ballots.length + i),
          })),
        )
        const judgments = await judgmentsOf(
          judge,
          round.map(({ asked }) => asked),
          options,
        )
        for (const [i, { poll, swapped }] of round.entries()) count(poll, swapped, judgments[i])
      }
      return polls.map(result)
    },
  }
}

/**
 * Votes until one response leads by enough, or could not be caught up with, or has `most` votes: a sequential probability ratio test
 * (Wald 1945) between votes that are right with probability `accuracy` and wrong with it, which makes the wrong decision with probability
 * `error`. It comes to a lead of log((1 - error) / error) / log(accuracy / (1 - accuracy)): 2 by default, so a pair that is easy takes two
 * votes. They are asked in twos, one in each order.
 *
 * Stopping by the posterior of a Beta(1, 1) prior was measured and adds nothing: its lead grows with the votes, so that it spends them
 * on the pairs where they tell least.
 *
 * @throws InputError on `error` outside (0, 0.5), `accuracy` outside (0.5, 1)
 */
export function adaptive({
  most,
  error = 0.1,
  accuracy = 0.75,
}: {
  most: number
  error?: number
  accuracy?: number
}): VoteRule {
  if (!(error > 0 && error < 0.5)) throw new InputError(`error ${error} is not in (0, 0.5)`)
  if (!(accuracy > 0.5 && accuracy < 1)) throw new InputError(`accuracy ${accuracy} is not in (0.5, 1)`)
  // a lead is a whole number: 2.0000000001 is 2
  const lead = Math.log((1 - error) / error) / Math.log(accuracy / (1 - accuracy)) - 1e-9
  return {
    votes: most,
    perRound: 2,
    settled: (first, second, left) => {
      const ahead = Math.abs(first - second)
      return ahead >= lead || ahead > left
    },
  }
}

interface Poll extends Pick<VotedJudgment, 'votes' | 'orders' | 'nonVerdicts' | 'ballots'> {
  comparison: Comparison
}

function newPoll(comparison: Comparison): Poll {
  return {
    comparison,
    votes: [0, 0],
    orders: { asGiven: [0, 0], swapped: [0, 0] },
    nonVerdicts: { truncated: 0, unparseable: 0, refused: 0, failed: 0 },
    ballots: [],
  }
}

function isSwapped({ comparison }: Poll, i: number): boolean {
  return (comparison.seed + i) % 2 !== 0
}

function ballotPaper(poll: Poll, i: number): Comparison {
  const { query, responses, seed } = poll.comparison
  const [first, second] = responses
  const shown: [string, string] = isSwapped(poll, i) ? [second, first] : [first, second]
  return { query, responses: shown, seed: seedOf('vote', seed, i) }
}

function count({ votes, orders, nonVerdicts, ballots }: Poll, swapped: boolean, judgment: Judgment): void {
  ballots.push(judgment)
  const { winner, nonVerdict } = judgment
  if (winner === null) nonVerdicts[nonVerdict ?? 'unparseable']++
  else {
    const choice = swapped ? 1 - winner : winner
    votes[choice]++
    orders[swapped ? 'swapped' : 'asGiven'][choice]++
  }
}

function result(poll: Poll): VotedJudgment {
  const { votes, orders, nonVerdicts, ballots } = poll
  const [first, second] = votes
  const tokens = ballots.reduce((sum, ballot) => sum + ballot.tokens, 0)
  const details = { tokens, votes, orders, nonVerdicts, ballots }
  if (first === second) {
    const without = withoutMajority(poll)
    return { winner: null, reasoning: ballots[0].reasoning, ...without, ...details }
  }
  const winner = first > second ? 0 : 1
  const voice = ballots.find((ballot, i) => ballot.winner === (isSwapped(poll, i) ? 1 - winner : winner))
  return { winner, nonVerdict: null, reasoning: voice?.reasoning ?? '', ...details }
}

function withoutMajority({
  votes: [each],
  nonVerdicts,
  ballots,
}: Poll): Pick<Judgment, 'nonVerdict' | 'error'> {
  if (each > 0) return { nonVerdict: 'refused', error: `the votes are tied, ${each} to ${each}` }
  const most = Math.max(...Object.values(nonVerdicts))
  const typical = ballots.find(({ nonVerdict }) => nonVerdict !== null && nonVerdicts[nonVerdict] === most)
  return {
    nonVerdict: typical?.nonVerdict ?? 'unparseable',
    error: `no vote names a winner: ${typical?.error ?? typical?.nonVerdict}`,
  }
}
