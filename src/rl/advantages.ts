/*
 * Advantages of tokens from their rewards. A group is the rollouts of one problem; a rollout's rewards are one number a
 * generated token, shape [L]. All return the same shapes.
 */

/** Returns: the rewards from each token on, discounted. G(t) = r(t) + gamma G(t+1). */
export function returnsOf(rewards: readonly number[], gamma = 1): number[] {
  const returns = new Array<number>(rewards.length)
  let next = 0
  for (let t = rewards.length - 1; t >= 0; t--) returns[t] = next = rewards[t] + gamma * next
  return returns
}

/**
 * REINFORCE leave-one-out, by token (Ahmadian et al., arXiv 2402.14740; docs/crm.md section 6): the return from a token on, less
 * the mean return of a token of the other rollouts. What is taken off depends on no choice of the rollout, so it favours neither long nor short
 * ones. A rollout that is alone has nothing to be held against: it teaches nothing.
 */
export function rloo(group: readonly (readonly number[])[], gamma = 1): number[][] {
  const returns = group.map((rewards) => returnsOf(rewards, gamma))
  const means = returns.map(mean)
  return returns.map((each, i) => {
    const others = means.filter((_, j) => j !== i)
    if (others.length === 0) return each.map(() => 0)
    const baseline = mean(others)
    return each.map((value) => value - baseline)
  })
}

/**
 * The same with a baseline for each step: the return from a token on, less the mean of what the others still had ahead of them once they had made as
 * many steps (the last of theirs, where they made fewer). It depends on what came before the token alone, so it favours nothing either (Greensmith et al. 2004); and
 * a last step, with next to nothing left to lose, is held against steps as late, where the mean over tokens makes it look good in every rollout.
 *
 * @param ends which tokens are the last of a step, shapes of `group`, whether or not they carry a reward
 */
export function stepRloo(
  group: readonly (readonly number[])[],
  ends: readonly (readonly boolean[])[],
  gamma = 1,
): number[][] {
  const returns = group.map((rewards) => returnsOf(rewards, gamma))
  /** By rollout: the return from each step on. */
  const ahead = returns.map((each, i) => each.filter((_, t) => t === 0 || ends[i][t - 1]))
  return returns.map((each, i) => {
    const others = ahead.filter((steps, j) => j !== i && steps.length > 0)
    if (others.length === 0) return each.map(() => 0)
    const baselines = ahead[i].map((_, step) =>
      mean(others.map((steps) => steps[Math.min(step, steps.length - 1)])),
    )
    let step = 0
    return each.map((value, t) => value - baselines[ends[i][t] ? step++ : step])
  })
}

/**
 * Group-relative advantages with process rewards (DeepSeekMath, arXiv 2402.03300, section 4.1.3): rewards are normalised over all
 * rewarded tokens of the group, and a token's advantage is the sum of those from it on. Where only last tokens are rewarded
 * this is GRPO on outcomes. Rewards that do not differ teach nothing. A reward is measured from the mean: of rewards that only cost, those
 * that cost little come to pay, so saying more sure steps does too.
 *
 * @param rewarded which tokens carry a reward, shapes of `group`
 */
export function grpo(
  group: readonly (readonly number[])[],
  rewarded: readonly (readonly boolean[])[],
): number[][] {
  const given = group.flatMap((rewards, i) => rewards.filter((_, t) => rewarded[i][t]))
  const centre = mean(given)
  const spread = Math.sqrt(mean(given.map((reward) => (reward - centre) ** 2)))
  return group.map((rewards, i) =>
    returnsOf(rewards.map((reward, t) => (rewarded[i][t] ? (reward - centre) / (spread + epsilon) : 0))),
  )
}

/** The same with mean 0 and deviation 1 over all tokens. */
export function whitened(advantages: readonly (readonly number[])[]): number[][] {
  const all = advantages.flat()
  const centre = mean(all)
  const spread = Math.sqrt(mean(all.map((value) => (value - centre) ** 2)))
  return advantages.map((each) => each.map((value) => (value - centre) / (spread + epsilon)))
}

const epsilon = 1e-6

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
