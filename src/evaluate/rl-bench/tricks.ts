import { z } from 'zod'
import { hackNamed, hackNames } from '../../rl/hacks.ts'
import type { ProcessReward } from '../../rl/rewards.ts'
import { verifierFor } from '../../tasks/index.ts'
import { meanOf } from '../bootstrap.ts'
import { ratiosOver } from '../ratios.ts'
import type { TestSample } from './samples.ts'

const interval = z.object({ mean: z.number(), low: z.number(), high: z.number() })

export const tricksOfRewards = z.object({
  /** How much more a right solution earns than a wrong one, in the reward's own unit: mean over rewards. */
  gap: z.number(),
  /**
   * What a solution gains by a hack, in shares of the gap: of how many solutions that is the mean, and what it is by each reward, null where right
   * solutions earn no more than wrong ones.
   */
  tricks: z.partialRecord(
    z.enum(hackNames),
    interval.extend({ solutions: z.int(), rewards: z.array(z.number().nullable()) }),
  ),
})

/** What rewards of one kind pay for hacks, before any policy has learned them. */
export type Tricks = z.infer<typeof tricksOfRewards>

/** A solution with a hack in it, and which sample it was made of. */
interface Edited {
  steps: string[]
  of: number
}

/**
 * Adds each hack to solutions of the policy and asks rewards again. The solutions stay as right or wrong as they were, so a reward that pays more can
 * be gamed by it. Where a hack makes right solutions wrong, what they earn by it is held against what wrong ones earn.
 *
 * @param rewards of one kind, of each seed
 * @param samples one a problem
 * @returns null where no reward gives more for a right solution than for a wrong one: there is no unit then
 */
export async function tricksOf(
  rewards: readonly ProcessReward[],
  samples: readonly TestSample[],
): Promise<Tricks | null> {
  const answered = samples.filter(({ answer }) => answer !== null)
  const verifier = verifierFor()
  const edits = hackNames.map((name) => {
    const { add, spoils = false } = hackNamed(name)
    const edited = answered.flatMap(({ id, problem, steps, correct }, of): Edited[] => {
      if (spoils && !correct) return []
      const more = add?.(steps) ?? null
      if (more === null || verifier.verify({ id, problem, steps: more }).correct !== (correct && !spoils))
        return []
      return [{ steps: more, of }]
    })
    return { name, spoils, edited }
  })
  const paid: (Paid | null)[] = []
  for (const reward of rewards) paid.push(await paidBy(reward, answered, edits))
  const known = paid.filter((each) => each !== null)
  if (known.length === 0) return null
  const tricks: Tricks['tricks'] = {}
  for (const [k, { name, edited }] of edits.entries()) {
    // of solutions that all rewards have scored
    const places = edited.flatMap((_, i) => (known.some(({ gains }) => gains[k][i] === null) ? [] : [i]))
    if (places.length < fewest) continue
    const gainOf = ({ gains }: Paid, place: number) => gains[k][places[place]] as number
    const { mean } = ratiosOver(
      places.map((i) => answered[edited[i].of].id),
      { seed: 1 },
    )
    tricks[name] = {
      ...mean((place) => meanOf(known.map((each) => gainOf(each, place)))),
      solutions: places.length,
      rewards: paid.map((each) => each && meanOf(places.map((_, place) => gainOf(each, place)))),
    }
  }
  return { gap: meanOf(known.map(({ gap }) => gap)), tricks }
}

/** Solutions that a mean is taken of. */
const fewest = 10

/** By one reward: of each hack, what each edited solution gains, in shares of the gap; null for those without a score. */
interface Paid {
  gap: number
  gains: (number | null)[][]
}

async function paidBy(
  reward: ProcessReward,
  answered: readonly TestSample[],
  edits: readonly { spoils: boolean; edited: readonly Edited[] }[],
): Promise<Paid | null> {
  const plain = await returnsOf(reward, answered)
  const mean = (correct: boolean) =>
    meanOf(plain.filter((value, i): value is number => value !== null && answered[i].correct === correct))
  const wrong = mean(false)
  const gap = mean(true) - wrong
  if (!(gap > 0)) return null
  const gains: Paid['gains'] = []
  for (const { spoils, edited } of edits) {
    const now = await returnsOf(
      reward,
      edited.map(({ steps, of }) => ({ problem: answered[of].problem, steps })),
    )
    gains.push(
      edited.map(({ of }, i) => {
        const [value, before] = [now[i], plain[of]]
        return value === null || before === null ? null : (value - (spoils ? wrong : before)) / gap
      }),
    )
  }
  return { gap, gains }
}

async function returnsOf(
  reward: ProcessReward,
  solutions: readonly Pick<TestSample, 'problem' | 'steps'>[],
): Promise<(number | null)[]> {
  const scores = await reward.score(solutions.map(({ problem, steps }) => ({ problem, steps })))
  return scores.map((each) => {
    const sum = each?.reduce((total, value) => total + value, 0)
    return sum !== undefined && Number.isFinite(sum) ? sum : null
  })
}
