import { join } from 'node:path'
import type { Generator } from '../../reasoning/types.ts'
import type { Labelled } from '../../reward/labels.ts'
import type { LanguageModelRecipe, Recipe } from '../../reward/reproduce/recipe.ts'
import { readLabelled, writeLabelledSamples } from '../../reward/samples.ts'
import type { RewardTraining } from '../../reward/training/training.ts'
import type { Task } from '../../tasks/index.ts'
import { embeddedGenerator } from '../../transformer/generator.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import { settingsFolder } from '../settings.ts'

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
  /** Of sampling, and rewards that are trained at a time, each on one: what comes out does not depend on it. */
  threads: number
  signal?: AbortSignal
  /** Called as a stage goes on; `total` counts its steps, rows or solutions. */
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
