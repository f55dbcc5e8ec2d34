import type { KindOptions } from '../../reward/kinds/kind.ts'
import { type KindName, kindNamed } from '../../reward/kinds/kinds.ts'
import { type Lab, type LabSamples, labSamples } from './lab.ts'
import { type LabReward, labRewards } from './rewards.ts'

/** What a kind is trained with, and what else was tried, each on a quarter of the training samples. */
export interface Choice {
  options: KindOptions
  peak: number
  tried: { options: KindOptions; peak: number; auc: number }[]
}

/** What each kind was trained with. */
export type Choices = Partial<Record<KindName, Choice>>

const peaks = [3e-4, 1e-3, 3e-3]
/** Of the kinds that have some, the usual one first. */
const optionsTried: Partial<Record<KindName, KindOptions[]>> = {
  crm: [{ outcomeTerm: 'all' }, { outcomeTerm: 'from-error' }],
  pqm: [{ margin: 4 }, { margin: 2 }],
  iprm: [{ beta: 0.05 }, { beta: 0.5 }],
}

/**
 * The same small search for every kind, by the AUC of its score on validation: three learning rates and, at the best of these, its
 * options where it has some.
 */
export async function tunedChoices<Name extends KindName>(
  lab: Lab,
  names: readonly Name[],
  { train, validation }: LabSamples,
): Promise<Record<Name, Choice>> {
  const quarter = train.filter((_, i) => i % 4 === 0)
  const attempt = async (stage: string, trials: { name: Name; options: KindOptions; peak: number }[]) => {
    const rewards = trials.map(({ name, options, peak }): LabReward => {
      const said = [name, ...Object.values(options), peak].join(' ')
      return { name: said, kind: kindNamed(name, options), seed: 0, train: quarter, validation, peak }
    })
    const trained = await labRewards(lab, stage, rewards)
    return trials.map((trial, i) => ({ ...trial, auc: trained[i].validation.auc }))
  }
  const triedOf = <Trial extends { name: Name }>(trials: readonly Trial[], name: Name) =>
    trials.filter((trial) => trial.name === name)

  const rates = await attempt(
    'searching learning rates',
    names.flatMap((name) => {
      const [options] = optionsTried[name] ?? [{}]
      return peaks.map((peak) => ({ name, options, peak }))
    }),
  )
  const others = await attempt(
    'searching options',
    names.flatMap((name) => {
      const { peak } = bestOf(triedOf(rates, name))
      return (optionsTried[name] ?? []).slice(1).map((options) => ({ name, options, peak }))
    }),
  )
  const choices = names.map((name): [Name, Choice] => {
    const tried = triedOf([...rates, ...others], name).map(({ name: _, ...each }) => each)
    const { options, peak } = bestOf(tried)
    return [name, { options, peak, tried }]
  })
  return Object.fromEntries(choices) as Record<Name, Choice>
}

function bestOf<Trial extends { auc: number }>(trials: readonly Trial[]): Trial {
  return trials.reduce((best, each) => (each.auc > best.auc ? each : best))
}

/** A reward that was trained for a comparison: what reports call it, of which seed it is, and its checkpoint. */
export interface LabCheckpoint {
  name: string
  seed: number
  directory: string
}

/** Trains every arm with every seed. */
export async function trainArms(
  lab: Lab,
  arms: Readonly<Record<string, Omit<LabReward, 'name' | 'seed'>>>,
  seeds: readonly number[],
): Promise<LabCheckpoint[]> {
  const each = seeds.flatMap((seed) => Object.entries(arms).map(([name, arm]) => ({ name, seed, arm })))
  const rewards = each.map(({ name, seed, arm }) => ({ ...arm, name: `${name}, seed ${seed}`, seed }))
  const trained = await labRewards(lab, 'training rewards', rewards)
  return each.map(({ name, seed }, i) => ({ name, seed, directory: trained[i].directory }))
}

/** Rewards of these kinds, tuned alike, each trained with every seed. */
export async function labKinds(
  lab: Lab,
  names: readonly KindName[],
  seeds: readonly number[],
): Promise<{ rewards: LabCheckpoint[]; choices: Choices }> {
  const samples = await labSamples(lab)
  const choices = await tunedChoices(lab, names, samples)
  const arms = names.map((name) => {
    const { options, peak } = choices[name]
    return [name, { kind: kindNamed(name, options), peak, ...samples }]
  })
  return { rewards: await trainArms(lab, Object.fromEntries(arms), seeds), choices }
}
