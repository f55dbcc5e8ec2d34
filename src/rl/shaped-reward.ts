import { InputError } from '../reasoning/errors.ts'
import type { RewardModel } from '../reward/reward-model.ts'
import type { ProcessReward } from './rewards.ts'
import type { Shaping } from './shaping.ts'

/**
 * A reward model's read-outs, shaped into step rewards. A solution that the model cannot read, too long for it, has none.
 * @throws InputError when the shaping is not for rewards of this kind
 */
export function shapedReward(
  { kind, session, fits }: Pick<RewardModel, 'kind' | 'session' | 'fits'>,
  { name, kinds, rewards, earning, floor }: Shaping,
): ProcessReward {
  if (!(kinds as readonly string[]).includes(kind.name))
    throw new InputError(`the shaping ${name} does not understand a ${kind.name}`, {
      fix: `It shapes ${kinds.join(', ')}.`,
    })
  const { beta = 0.05 } = kind.options
  return {
    earning,
    floor,
    async score(solutions) {
      const able = await Promise.all(solutions.map((each) => fits(each)))
      const read = await session().logits(solutions.filter((_, i) => able[i]))
      let at = 0
      return able.map((fit) => {
        const readOuts = fit ? read[at++] : []
        return fit && readOuts.every(Number.isFinite) ? rewards(readOuts, { beta }) : null
      })
    },
  }
}
