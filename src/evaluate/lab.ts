import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFiles } from '../data/write-files.ts'
import type { Generator } from '../reasoning/types.ts'
import type { KindOptions, RewardKind } from '../reward/kind.ts'
import { type KindName, kindNamed } from '../reward/kinds.ts'
import type { Labelled } from '../reward/labels.ts'
import type { LanguageModelRecipe, Recipe } from '../reward/recipe.ts'
import { readLabelled, writeLabelledSamples } from '../reward/samples.ts'
import { type RewardTraining, trainRewardCheckpoint } from '../reward/training.ts'
import type { Task } from '../tasks/index.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { checkpointHash } from './checkpoint-hash.ts'
import { digestOf, settingsFolder } from './settings.ts'

/** What the rewards of a comparison have in common: where they come from, what they learn from, and for how long. */
export interface Lab {
  /** Everything that is made lives here, in folders that are named by what decides it: nothing is made twice. */
  directory: string
  /** Checkpoint directories. */
  policy: string
  backbone: string
  samples: Recipe['samples']
  tasks: readonly Task[]
  schedule: Pick<RewardTraining, 'epochs' | 'peak' | 'batchTokens' | 'patience'>
  /** A language model that is weaker than the policy, for rewards to start from. */
  weaker: LanguageModelRecipe
  seed: number
  threads: number
  signal?: AbortSignal
  /** Called as a stage goes on; `total` counts its steps or rows. */
  report: (stage: string, done: number, total: number, note?: string) => void
}

/** The policy's own labelled solutions. */
export interface LabSamples {
  train: Labelled[]
  validation: Labelled[]
}

/** Sampled and verified once, then read from the lab's folder. */
export async function labSamples(lab: Lab): Promise<LabSamples> {
  const { policy, samples, tasks, seed, threads, signal } = lab
  const { temperature, samplesPerProblem } = samples
  const folder = await settingsFolder(lab.directory, 'samples', {
    policy: await checkpointHash(policy),
    samples,
    tasks: tasks.map(({ name }) => name),
    seed,
  })
  const read = async (split: 'train' | 'validation') => {
    const file = join(folder, `${split}.jsonl`)
    const generator = opened(() => embeddedGenerator(policy, { threads, temperature }))
    try {
      await writeLabelledSamples(
        { tasks, split, perLevel: samples[split], samplesPerProblem, seed },
        generator,
        file,
        { signal, onProgress: (done, total) => lab.report(`samples for ${split}`, done, total) },
      )
    } finally {
      await generator.close()
    }
    return readLabelled(file)
  }
  return { train: await read('train'), validation: await read('validation') }
}

/** A generator that is opened when it is first asked. */
function opened(open: () => Generator & { close(): Promise<void> }): Generator & { close(): Promise<void> } {
  let generator: ReturnType<typeof open> | undefined
  return {
    generate(...asked) {
      generator ??= open()
      return generator.generate(...asked)
    },
    close: async () => generator?.close(),
  }
}

/** One reward to be trained. */
export interface LabReward extends LabSamples {
  /** Of its progress bar. */
  name: string
  kind: RewardKind
  seed: number
  /** Peak learning rate; the lab's unless given. */
  peak?: number
  /** Another backbone than the lab's. */
  backbone?: string
  /** Read the surprisal of the backbone as it was, as the shipped reward does? True unless given. */
  surprisal?: boolean
}

export interface TrainedReward {
  /** Its checkpoint. */
  directory: string
  /** Metrics on validation, of the step that was kept, before hazards are calibrated. */
  validation: Record<string, number>
}

const metricsFile = z.record(z.string(), z.number().nullable())

/** Trains a reward, or finds the one that was trained from the same data with the same seed and settings. A killed run goes on. */
export async function labReward(lab: Lab, reward: LabReward): Promise<TrainedReward> {
  const { name, kind, seed, train, validation } = reward
  const surprisal = kind.readOut === 'head' && (reward.surprisal ?? true)
  const schedule = { ...lab.schedule, peak: reward.peak ?? lab.schedule.peak }
  const from = reward.backbone ?? lab.backbone
  const directory = await settingsFolder(join(lab.directory, 'rewards'), kind.name, {
    kind: kind.name,
    options: kind.options,
    seed,
    schedule,
    backbone: await checkpointHash(from),
    surprisal,
    train: { solutions: train.length, digest: digestOf(train) },
    validation: { solutions: validation.length, digest: digestOf(validation) },
  })
  const file = join(directory, 'validation.json')
  if (!existsSync(file)) {
    const backbone = readCheckpoint(from)
    const { step, history } = await trainRewardCheckpoint(
      directory,
      {
        kind,
        backbone,
        surprisalModel: surprisal ? backbone : undefined,
        train,
        validation,
        seed,
        threads: lab.threads,
        ...schedule,
      },
      {
        signal: lab.signal,
        onStep: ({ step, steps, loss }) => lab.report(name, step, steps, `loss ${loss.toFixed(3)}`),
      },
    )
    const kept = history.find((entry) => entry.step === step)?.metrics ?? {}
    await writeFiles([{ path: file, text: `${JSON.stringify(kept)}\n` }])
  }
  const read = metricsFile.parse(JSON.parse(await readFile(file, 'utf8')))
  // JSON has no NaN, which says that a metric has no meaning
  const metrics = Object.entries(read).map(([metric, value]) => [metric, value ?? Number.NaN])
  return { directory, validation: Object.fromEntries(metrics) }
}

/** What a kind is trained with, and what else was tried, each on a quarter of the training samples. */
export interface Choice {
  options: KindOptions
  peak: number
  tried: { options: KindOptions; peak: number; auc: number }[]
}

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
export async function tunedChoice(
  lab: Lab,
  name: KindName,
  { train, validation }: LabSamples,
): Promise<Choice> {
  const quarter = train.filter((_, i) => i % 4 === 0)
  const tried: Choice['tried'] = []
  const attempt = async (options: KindOptions, peak: number) => {
    const said = Object.values(options).map((value) => ` ${value}`)
    const { validation: kept } = await labReward(lab, {
      name: `tuning ${name}${said.join('')} ${peak}`,
      kind: kindNamed(name, options),
      seed: 0,
      train: quarter,
      validation,
      peak,
    })
    tried.push({ options, peak, auc: kept.auc })
  }
  const bestSoFar = () => tried.reduce((best, each) => (each.auc > best.auc ? each : best))
  const [usual, ...others] = optionsTried[name] ?? [{}]
  for (const peak of peaks) await attempt(usual, peak)
  const { peak } = bestSoFar()
  for (const options of others) await attempt(options, peak)
  const { options, peak: chosen } = bestSoFar()
  return { options, peak: chosen, tried }
}

/** A reward that was trained for a comparison: what reports call it, of which seed it is, and its checkpoint. */
export interface LabCheckpoint {
  name: string
  seed: number
  directory: string
}

/** What each kind was trained with. */
export type Choices = Partial<Record<KindName, Choice>>

/** Rewards of these kinds, tuned alike, each trained with every seed. */
export async function labKinds(
  lab: Lab,
  names: readonly KindName[],
  seeds: readonly number[],
): Promise<{ rewards: LabCheckpoint[]; choices: Choices }> {
  const samples = await labSamples(lab)
  const choices: Choices = {}
  for (const name of names) choices[name] = await tunedChoice(lab, name, samples)
  const rewards: LabCheckpoint[] = []
  for (const seed of seeds)
    for (const name of names) {
      const { options, peak } = choices[name] as Choice
      const reward = { name: `${name}, seed ${seed}`, kind: kindNamed(name, options), seed, peak, ...samples }
      rewards.push({ name, seed, directory: (await labReward(lab, reward)).directory })
    }
  return { rewards, choices }
}
