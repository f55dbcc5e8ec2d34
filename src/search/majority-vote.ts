import { answerOf, normalise } from '../reasoning/answer.ts'
import { countsOf } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Scorer } from '../reward/score.ts'

/**
 * Self-consistency (Wang et al., arXiv 2203.11171) in the place of a reward: a solution is worth the share of the solutions of its problem,
 * in the same call, that have its answer. P(correct) is that share with one more vote against all, so it is never 1.
 *
 * @throws InputError on a solution without an answer: a vote is on whole ones
 */
export const majorityVote: Scorer = {
  async scores(solutions) {
    const ballots = solutions.map(({ problem, steps }) => {
      const answer = answerOf([...steps])
      if (answer !== null) return { problem, vote: JSON.stringify([problem, normalise(answer)]) }
      throw new InputError('a majority vote is on answers, and this solution has none', {
        where: `a solution of "${problem.slice(0, 60)}"`,
        fix: 'Use a search that samples whole solutions: best-of-n.',
      })
    })
    const votes = countsOf(ballots.map(({ vote }) => vote))
    const voters = countsOf(ballots.map(({ problem }) => problem))
    return ballots.map(({ problem, vote }) => {
      const share = votes.get(vote)! / (voters.get(problem)! + 1)
      return { score: Math.log(share), p_correct: share }
    })
  },
}
