import { join } from 'node:path'
import { tasks } from '../../tasks/index.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import type { Lab } from './lab.ts'

/** A lab of tiny models in a folder, that learns from a few samples of one task. */
export function tinyLab(folder: string): { policy: string; lab: (more?: Partial<Lab>) => Lab } {
  const { policy } = writeTinyModels(join(folder, 'models'))
  const [task] = tasks
  const [level] = task.levels.train
  const lab = (more: Partial<Lab> = {}): Lab => ({
    directory: join(folder, 'lab'),
    policy,
    backbone: policy,
    samples: {
      train: { [level]: 24 },
      validation: { [level]: 12 },
      samplesPerProblem: 1,
      temperature: 0.8,
    },
    tasks: [task],
    schedule: { epochs: 1, peak: 1e-3, batchTokens: 512, patience: 8 },
    weaker: {
      size: { hiddenSize: 8, layers: 1, heads: 2, keyValueHeads: 1, intermediateSize: 16 },
      steps: 2,
      peak: 1e-3,
      warmup: 1,
      batchTokens: 512,
      drills: 0,
    },
    seed: 1,
    threads: 1,
    report: () => {},
    ...more,
  })
  return { policy, lab }
}
