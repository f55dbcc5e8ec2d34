import { InputError } from '../reasoning/errors.ts'
import { type Random, random } from '../reasoning/random.ts'
import { createTrainer, parameterReader, type TrainingState } from '../tensor/trainer.ts'
import { groupByLength } from '../transformer/batches.ts'
import type { Checkpoint } from '../transformer/checkpoint.ts'
import { tensorShapes } from '../transformer/checkpoint.ts'
import {
  byRollout,
  type PolicyLoss,
  policyLoss,
  type Trajectory,
  tokenLogProbabilities,
  updateFeeds,
} from './loss.ts'
import { type Generated, longestRow, type Row, rowFeeds, rowsOf } from './packing.ts'

export interface PolicyUpdate extends PolicyLoss {
  /** Learning rate, after `warmup` updates that rise to it. */
  rate: number
  warmup: number
  /** Padded tokens of a minibatch. */
  batchTokens: number
  threads: number
}

/** The policy in training, held against the reference that it started from. */
export interface PolicyTrainer {
  /** Log probabilities of generated tokens by the reference, in nats. */
  byReference(rollouts: readonly Generated[]): Promise<number[][]>
  /** One pass over the trajectories in minibatches. Means over minibatches of what {@link policyLoss} lets watch. */
  update(trajectories: readonly Trajectory[], seed: number): Promise<Record<string, number>>
  readonly state: TrainingState
  close(): Promise<void>
}

export async function createPolicyTrainer(
  checkpoint: Pick<Checkpoint, 'config'>,
  state: TrainingState,
  reference: Float32Array,
  { rate, warmup, batchTokens, threads, ...loss }: PolicyUpdate,
): Promise<PolicyTrainer> {
  const shapes = tensorShapes(checkpoint.config)
  // a row of many rollouts may be longer than any text that the model reads
  const contextLength = Math.max(checkpoint.config.contextLength, longestRow)
  const config = { ...checkpoint.config, contextLength }
  const trainer = await createTrainer({
    shapes,
    state,
    threads,
    // what pre-training decayed stays as it is: RL is short
    adamw: { weightDecay: 0 },
    loss: (graph, parameters) => policyLoss(graph, config, parameters, loss),
  })
  const read = parameterReader(shapes, threads, (graph, parameters) =>
    tokenLogProbabilities(graph, config, parameters, loss.temperature),
  )
  const minibatches = <T extends Generated>(rollouts: readonly T[], stream: Random): Row<T>[][] => {
    const rows = rowsOf(rollouts)
    const lengths = rows.map(({ length }) => length)
    return groupByLength(lengths, batchTokens, stream).map((group) => group.map((i) => rows[i]))
  }
  return {
    async byReference(rollouts) {
      const found = new Map<Generated, number[]>()
      for (const rows of minibatches(rollouts, random('read'))) {
        const values = byRollout(await read(reference, rowFeeds(rows)), rows)
        for (const [i, rollout] of rows.flatMap(({ rollouts }) => rollouts).entries())
          found.set(rollout, values[i])
      }
      return rollouts.map((rollout) => found.get(rollout) as number[])
    },
    async update(trajectories, seed) {
      const batches = minibatches(trajectories, random('update', seed))
      const tokens = trajectories.reduce((sum, { advantages }) => sum + advantages.length, 0)
      const sums: Record<string, number> = {}
      for (const rows of batches) {
        const { step } = trainer.state
        const feeds = updateFeeds(rows, tokens / batches.length, loss)
        const watched = await trainer.step(feeds, rate * Math.min(1, (step + 1) / warmup))
        for (const [name, value] of Object.entries(watched)) {
          if (!Number.isFinite(value)) throw diverged(name, value, step)
          sums[name] = (sums[name] ?? 0) + value / batches.length
        }
      }
      // an update can break what its own loss did not show yet
      const broken = trainer.state.parameters.find((value) => !Number.isFinite(value))
      if (broken !== undefined) throw diverged('a parameter', broken, trainer.state.step - 1)
      return sums
    },
    get state() {
      return trainer.state
    },
    close: () => trainer.close(),
  }
}

function diverged(name: string, value: number, update: number): InputError {
  return new InputError(`${name} became ${value} at update ${update}`, {
    fix: 'Start anew in another folder, with a lower learning rate (--rate).',
  })
}
