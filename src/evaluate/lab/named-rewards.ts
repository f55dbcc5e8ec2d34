import { InputError } from '../../reasoning/errors.ts'
import type { RewardModel, ScoringSession } from '../../reward/reward-model.ts'
import { kindReward, type Reward } from './pools.ts'

/** A reward to compare with others. */
export interface RewardSource {
  /** Of its kind. */
  kind: string
  /** Its directory or URL. */
  where: string
  /** What it is called where its kind does not tell it from another one. */
  called: string
}

/**
 * Names of rewards in reports: their kind's or, where that is another one's name too, what they are called, or else where they are.
 * @param taken names that others have
 * @throws InputError when two would have one name
 */
export function rewardNames(sources: readonly RewardSource[], taken: readonly string[] = []): string[] {
  const isFree = (name: string, names: readonly string[]) =>
    !taken.includes(name) && names.filter((other) => other === name).length === 1
  const kinds = sources.map(({ kind }) => kind)
  const short = sources.map(({ kind, called }) => (isFree(kind, kinds) ? kind : called))
  const names = sources.map(({ where }, i) => (isFree(short[i], short) ? short[i] : where))
  for (const [i, name] of names.entries())
    if (!isFree(name, names))
      throw new InputError(`two rewards would be called ${name}`, {
        where: sources[i].where,
        fix: 'Name each once.',
      })
  return names
}

export interface NamedReward extends Reward {
  /** What its readings' names begin with. */
  name: string
}

/** A reward model by its name. */
export function namedReward(
  name: string,
  model: Pick<RewardModel, 'kind' | 'logits' | 'fits' | 'session'>,
): NamedReward {
  const rewardOf = ({ logits }: Pick<ScoringSession, 'logits'>) =>
    kindReward(name, model.kind, logits, model.fits)
  return { name, ...rewardOf(model), session: () => rewardOf(model.session()) }
}
