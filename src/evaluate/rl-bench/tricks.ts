import { z } from 'zod'
import { hackNamed, hackNames } from '../../rl/hacks.ts'
import type { ProcessReward } from '../../rl/rewards.ts'
import { verifierFor } from '../../tasks/index.ts'
import { ratiosOver } from '../ratios.ts'
import type { TestSample } from './samples.ts'

const interval = z.object({ mean: z.number(), low: z.number(), high: z.number() })

export const tricksOfReward = z.object({
  /** How much more a right solution earns than a wrong one, in the reward's own unit. */
  gap: z.number(),
  /** What a solution gains by a hack, in shares of the gap: of how many solutions that is the mean. */
  tricks: z.partialRecord(z.enum(hackNames), interval.extend({ solutions: z.int() })),
})

/** What a reward pays for hacks, before any policy has learned them. */
export type Tricks = z.infer<typeof tricksOfReward>

/**
 * Adds each hack to solutions of the policy and asks the reward again. The solutions stay as right or wrong as they were, so a reward that pays
 * more can be gamed by it.
 *
 * @param samples one a problem
 * @returns null where no right solution earns more than a wrong one: there is no unit then
 */
export async function tricksOf(
  reward: ProcessReward,
  samples: readonly TestSample[],
): Promise<Tricks | null> {
  const answered = samples.filter(({ answer }) => answer !== null)
  const plain = await returnsOf(reward, answered)
  const mean = (correct: boolean) => {
    const values = plain.filter(
      (value, i): value is number => value !== null && answered[i].correct === correct,
    )
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  const gap = mean(true) - mean(false)
  if (!(gap > 0)) return null
  const verifier = verifierFor()
  const tricks: Tricks['tricks'] = {}
  for (const name of hackNames) {
    const { add } = hackNamed(name)
    const edited = answered.flatMap((sample, i) => {
      const steps = add?.(sample.steps)
      const { id, problem, correct } = sample
      const same = steps && verifier.verify({ id, problem, steps }).correct === correct
      return same ? [{ sample: { ...sample, steps }, before: plain[i] }] : []
    })
    const after = await returnsOf(
      reward,
      edited.map(({ sample }) => sample),
    )
    const gains = edited.flatMap(({ sample, before }, i) => {
      const now = after[i]
      return before === null || now === null ? [] : { id: sample.id, gain: (now - before) / gap }
    })
    if (gains.length < fewest) continue
    const { mean } = ratiosOver(
      gains.map(({ id }) => id),
      { seed: 1 },
    )
    tricks[name] = { ...mean((i) => gains[i].gain), solutions: gains.length }
  }
  return { gap, tricks }
}

/** Solutions that a mean is taken of. */
const fewest = 10

async function returnsOf(reward: ProcessReward, samples: readonly TestSample[]): Promise<(number | null)[]> {
  const scores = await reward.score(samples.map(({ problem, steps }) => ({ problem, steps })))
  return scores.map((each) => {
    const sum = each?.reduce((total, value) => total + value, 0)
    return sum !== undefined && Number.isFinite(sum) ? sum : null
  })
}
