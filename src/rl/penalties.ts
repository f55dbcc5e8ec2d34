import { type HackName, hacks } from './hacks.ts'
import type { ProcessReward } from './rewards.ts'

/** What a step costs in which a hack is. */
export type Penalties = Partial<Record<HackName, number>>

/**
 * A reward less penalties. Where none of them is negative, no step earns more than before: what did not pay, padding by CRM for one,
 * does not come to pay.
 */
export function penalised(reward: ProcessReward, penalties: Penalties): ProcessReward {
  const { score, earning } = reward
  const costs = Object.entries(penalties) as [HackName, number][]
  return {
    ...reward,
    // whether an answer is a guess depends on which step is the last
    earning: earning === 'step' && penalties.guessing !== undefined ? 'whole' : earning,
    async score(solutions) {
      const scores = await score(solutions)
      return scores.map((rewards, i) => {
        if (rewards === null) return null
        const { problem, steps } = solutions[i]
        const found = costs.map(([name, cost]) => ({ in: hacks[name].find(problem, steps), cost }))
        const costOf = (t: number) => found.reduce((sum, each) => sum + (each.in[t] ? each.cost : 0), 0)
        // a penalty lies on the step that it is for; of an outcome there is one reward, which all of them come off
        if (earning !== 'outcome') return rewards.map((reward, t) => reward - costOf(t))
        const all = rewards.reduce((sum, _, t) => sum + costOf(t), 0)
        return rewards.map((reward, t) => (t === rewards.length - 1 ? reward - all : reward))
      })
    },
  }
}
