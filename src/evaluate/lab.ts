import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import type { RewardKind } from '../reward/kind.ts'
import type { Labelled } from '../reward/labels.ts'
import type { Recipe } from '../reward/recipe.ts'
import { readLabelled, writeLabelledSamples } from '../reward/samples.ts'
import { type RewardTraining, trainRewardCheckpoint } from '../reward/training.ts'
import type { Task } from '../tasks/index.ts'
import { type Checkpoint, readCheckpoint } from '../transformer/checkpoint.ts'
import { embeddedGenerator } from '../transformer/generator.ts'

/** What the rewards of a comparison have in common: where they come from, what they learn from, and for how long. */
export interface Lab {
  /** Samples and trained rewards live here; what is there is not made again. */
  directory: string
  /** Checkpoint directories. */
  policy: string
  backbone: string
  samples: Recipe['samples']
  tasks: readonly Task[]
  schedule: Pick<RewardTraining, 'epochs' | 'peak' | 'batchTokens' | 'patience'>
  seed: number
  threads: number
  signal?: AbortSignal
  /** Called as a stage goes on; `total` counts its steps or rows. */
  report: (stage: string, done: number, total: number, note?: string) => void
}

/** The policy's own labelled solutions: sampled and verified once, then read from the lab's folder. */
export async function labSamples(lab: Lab): Promise<{ train: Labelled[]; validation: Labelled[] }> {
  await mkdir(lab.directory, { recursive: true })
  const read = async (split: 'train' | 'validation') => {
    const file = join(lab.directory, `samples-${split}.jsonl`)
    const { temperature, samplesPerProblem } = lab.samples
    const generator = embeddedGenerator(lab.policy, { threads: lab.threads, temperature })
    try {
      await writeLabelledSamples(
        { tasks: lab.tasks, split, perLevel: lab.samples[split], samplesPerProblem, seed: lab.seed },
        generator,
        file,
        {
          signal: lab.signal,
          onProgress: (done, total) => lab.report(`samples for ${split}`, done, total),
        },
      )
    } finally {
      await generator.close()
    }
    return readLabelled(file)
  }
  return { train: await read('train'), validation: await read('validation') }
}

/** One reward to be trained. Its name is its folder in the lab. */
export interface LabReward {
  name: string
  kind: RewardKind
  seed: number
  train: readonly Labelled[]
  validation: readonly Labelled[]
  /** Another peak learning rate than the lab's. */
  peak?: number
  /** Another backbone than the lab's. */
  backbone?: string
  /** Read the policy's surprisal, as the shipped reward does? True unless given. */
  surprisal?: boolean
}

/** Trains a reward, or finds it trained: returns its checkpoint directory. */
export async function labReward(lab: Lab, reward: LabReward): Promise<string> {
  const { name, kind, seed, train, validation, surprisal = true } = reward
  if (!/^[\w. -]+$/.test(name)) throw new InputError(`a reward cannot be called ${name}`)
  const directory = join(lab.directory, 'rewards', name)
  if (existsSync(join(directory, 'config.json'))) return directory
  const { peak, ...schedule } = lab.schedule
  const reads: Checkpoint | undefined =
    surprisal && kind.readOut === 'head' ? readCheckpoint(lab.policy) : undefined
  await trainRewardCheckpoint(
    directory,
    {
      kind,
      backbone: readCheckpoint(reward.backbone ?? lab.backbone),
      surprisalModel: reads,
      train,
      validation,
      seed,
      peak: reward.peak ?? peak,
      threads: lab.threads,
      ...schedule,
    },
    {
      signal: lab.signal,
      onStep: ({ step, steps, loss }) => lab.report(name, step, steps, `loss ${loss.toFixed(3)}`),
    },
  )
  return directory
}
