import { random, seedOf } from '../reasoning/random.ts'
import type { Comparison, PairJudge } from '../reasoning/types.ts'
import type { StepReward } from '../rl/rewards.ts'
import { judgmentsOf } from './judgments.ts'

/**
 * A judge as the reward of a policy, which nobody else tells what is right (docs/rrm.md section 5): solutions of one problem that are scored
 * together meet each other once, in an order drawn by lot, and each earns the share of its matches that it won, on its last step.
 * Equal texts share a match without a call. One that nothing else was given against, as the other attempts came to no answer, has won. A match without
 * a verdict counts for nobody; a solution whose matches all were so is not scored.
 */
export function judgeReward(judge: PairJudge, { seed: run }: { seed: number }): StepReward {
  return async (solutions) => {
    const groups = new Map<string, number[]>()
    for (const [i, { problem }] of solutions.entries())
      groups.set(problem, [...(groups.get(problem) ?? []), i])
    const texts = solutions.map(({ steps }) => steps.join('\n'))
    const [won, played] = [solutions.map(() => 0), solutions.map(() => 0)]
    const matches: { first: number; second: number; comparison: Comparison }[] = []
    for (const members of groups.values()) {
      if (members.length === 1) won[members[0]] = played[members[0]] = 1
      for (const [k, a] of members.entries())
        for (const b of members.slice(k + 1)) {
          if (texts[a] === texts[b]) {
            for (const i of [a, b]) {
              won[i] += 0.5
              played[i]++
            }
            continue
          }
          const query = solutions[a].problem
          const [first, second] = random('match', run, query, texts[a], texts[b]).shuffle([a, b])
          const seed = seedOf('match', run, query, texts[first], texts[second])
          matches.push({
            first,
            second,
            comparison: { query, responses: [texts[first], texts[second]], seed },
          })
        }
    }
    const judgments = await judgmentsOf(
      judge,
      matches.map(({ comparison }) => comparison),
    )
    for (const [m, { winner }] of judgments.entries()) {
      if (winner === null) continue
      const { first, second } = matches[m]
      won[winner === 0 ? first : second]++
      played[first]++
      played[second]++
    }
    return solutions.map(({ steps }, i) =>
      played[i] === 0 ? null : steps.map((_, t) => (t === steps.length - 1 ? won[i] / played[i] : 0)),
    )
  }
}
