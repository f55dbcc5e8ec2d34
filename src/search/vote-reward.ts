import { scoresBy } from '../reward/score.ts'
import type { ProcessReward } from '../rl/rewards.ts'
import { majorityVote } from './majority-vote.ts'

/**
 * A majority vote as the reward of a policy, which nobody tells what is right (TTRL, Zuo et al., arXiv 2504.16084, who pay 1 for the answer of
 * most and 0 for others): a solution earns, on its last step, the votes for its answer by one more than all that were given: what {@link majorityVote} says of it.
 */
export const voteReward: ProcessReward = {
  earning: 'outcome',
  // what gives no answer has no vote
  floor: 0,
  async score(solutions) {
    const shares = await scoresBy(majorityVote, solutions)
    return solutions.map(({ steps }, i) =>
      steps.map((_, t) => (t === steps.length - 1 ? (shares[i].p_correct as number) : 0)),
    )
  },
}
