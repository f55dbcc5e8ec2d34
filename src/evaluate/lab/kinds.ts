import type { KindOptions } from '../../reward/kinds/kind.ts'
import { type KindName, kindNamed } from '../../reward/kinds/kinds.ts'
import { type Lab, type LabSamples, labSamples } from './lab.ts'
import { type LabReward, labRewards } from './rewards.ts'

interface Tried {
  options: KindOptions
  peak: number
  /** On validation; NaN for what diverged. */
  auc: number
}

/** What a kind is trained with, and what else was tried. */
export interface Choice {
  options: KindOptions
  peak: number
  tried: Tried[]
}

/** What each kind was trained with, by its name; where it was tuned more than once, also by what for. */
export type Choices = Record<string, Choice>

const peaks = [3e-4, 1e-3, 3e-3]
/** Tried where the best is at the edge of what was tried, edge -> next. */
const furtherPeaks: Record<number, number | undefined> = { 3e-4: 1e-4, 3e-3: 1e-2 }
/** Of the kinds that have some, the usual one first. */
const optionsTried: Partial<Record<KindName, KindOptions[]>> = {
  crm: [{ outcomeTerm: 'all' }, { outcomeTerm: 'from-error' }],
  pqm: [{ margin: 4 }, { margin: 2 }],
  iprm: [{ beta: 0.05 }, { beta: 0.5 }],
}

/**
 * The same small search for every kind, by the AUC of its score on validation: three learning rates, one more beyond the best of these
 * where that is the least or the greatest, and at the best of all the kind's options where it has some. Each is tried on all of the
 * training samples: a rate that is best on fewer is too high for more. Their seed is 0, which no comparison uses.
 *
 * @param from what the rewards start from and read, where it is not what the lab's do
 */
export async function tunedChoices<Name extends KindName>(
  lab: Lab,
  names: readonly Name[],
  samples: LabSamples,
  from: Pick<LabReward, 'backbone' | 'surprisal'> = {},
): Promise<Record<Name, Choice>> {
  const tried = names.map((name) => ({ name, trials: [] as Tried[] }))
  const attempt = async (stage: string, next: (name: Name, trials: Tried[]) => Trial[]) => {
    const pending = tried.flatMap(({ name, trials }) =>
      next(name, trials).map((trial) => ({ name, trials, trial })),
    )
    const rewards = pending.map(({ name, trial: { options, peak } }): LabReward => {
      const said = [name, ...Object.values(options), peak].join(' ')
      const kind = kindNamed(name, options)
      return { ...from, ...samples, name: said, kind, seed: 0, peak, trial: true }
    })
    const trained = await labRewards(lab, stage, rewards)
    for (const [i, { trials, trial }] of pending.entries())
      trials.push({ ...trial, auc: trained[i].validation.auc })
  }
  const usual = (name: Name) => (optionsTried[name] ?? [{}])[0]
  await attempt('searching learning rates', (name) => peaks.map((peak) => ({ options: usual(name), peak })))
  await attempt('searching learning rates', (name, trials) => {
    const peak = furtherPeaks[bestOf(trials).peak]
    return peak === undefined ? [] : [{ options: usual(name), peak }]
  })
  await attempt('searching options', (name, trials) => {
    const { peak } = bestOf(trials)
    return (optionsTried[name] ?? []).slice(1).map((options) => ({ options, peak }))
  })
  const choices = tried.map(({ name, trials }): [Name, Choice] => {
    const { options, peak } = bestOf(trials)
    return [name, { options, peak, tried: trials }]
  })
  return Object.fromEntries(choices) as Record<Name, Choice>
}

type Trial = Pick<Choice, 'options' | 'peak'>

function bestOf(trials: readonly Tried[]): Tried {
  const auc = (trial: Tried) => (Number.isNaN(trial.auc) ? -1 : trial.auc)
  return trials.reduce((best, each) => (auc(each) > auc(best) ? each : best))
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
