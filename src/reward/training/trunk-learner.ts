import { totalmem } from 'node:os'
import { InputError } from '../../reasoning/errors.ts'
import { Graph, type Value } from '../../tensor/graph.ts'
import type { Tensor } from '../../tensor/safetensors.ts'
import { flatten, parameterReader, type Shapes, sizeOf, unflatten } from '../../tensor/trainer.ts'
import { type Checkpoint, tensorShapes } from '../../transformer/checkpoint.ts'
import { withScoreHead } from '../../transformer/config.ts'
import { initialLora, type Lora, loraAdapter, loraShapes, mergeLora } from '../../transformer/lora.ts'
import { frozen, type Weights } from '../../transformer/model.ts'
import { isOfHead, rewardTensors, startFrom } from '../checkpoint.ts'
import { type EncodedSolution, inGroups, rewardBatch, spokenBatch } from './batches.ts'
import { type Frozen, keptReadings } from './kept-readings.ts'
import type { Learner, LearnerOptions, Reading, Tuning } from './learner.ts'
import { frozenSurprisal, headReadOuts, logRatioReadOuts } from './read-outs.ts'

/**
 * All of a model, or low-rank additions to its layers: every batch goes through the whole of it. What the model beside it makes of each
 * solution does not change, so it is read once, and kept.
 */
export async function trunkLearner(
  options: LearnerOptions,
  tuning: Exclude<Tuning, { tune: 'head' }>,
  solutions: readonly EncodedSolution[],
  reading: Reading,
): Promise<Learner> {
  const { kind, backbone, surprisalModel, seed, batchTokens, threads } = options
  const ratio = kind.readOut === 'log-ratio'
  const config = ratio ? backbone.config : withScoreHead(backbone.config)
  const beside = ratio ? backbone : surprisalModel
  const all = tensorShapes(config, ratio ? {} : rewardTensors(config, beside !== undefined))
  const { shapes, initial, weights, tensors } =
    tuning.tune === 'lora' ? lowRank(all, backbone, tuning, seed) : whole(all, backbone)
  const surprisals = beside && (await readSurprisals(beside, options, solutions, reading))
  const surprisal = surprisals && ((solution: EncodedSolution) => surprisals.get(solution) as Float32Array)
  const readOuts = (graph: Graph, parameters: Map<string, Value>) =>
    (ratio ? logRatioReadOuts : headReadOuts)(graph, {
      config,
      weight: weights(graph, parameters),
      beside: beside !== undefined,
    })
  const compute = parameterReader(shapes, threads, readOuts)
  return {
    config,
    beside,
    shapes,
    initial,
    tensors,
    readOuts,
    batch: (group) => rewardBatch(group, { surprisal, spoken: ratio }),
    read: (parameters, some) =>
      inGroups(some, batchTokens, async (group) => {
        const batch = rewardBatch(group, { surprisal, spoken: ratio, labels: false })
        const data = await compute(parameters, batch.feeds())
        return group.map(({ stepEnds }, row) =>
          data.slice(row * batch.steps, row * batch.steps + stepEnds.length),
        )
      }),
  }
}

/** Surprisal [tokens] of each solution under a model that stays as it is. */
function readSurprisals(
  beside: Checkpoint,
  options: LearnerOptions,
  solutions: readonly EncodedSolution[],
  reading: Reading,
): Promise<Map<EncodedSolution, Float32Array>> {
  const graph = new Graph()
  graph.output('read', frozenSurprisal(graph, beside))
  const model: Frozen = {
    ...{ name: 'surprisal', tensors: beside.tensors, graph },
    feeds: spokenBatch,
    sizeOf: ({ ids }) => ids.length,
  }
  return keptReadings(model, solutions, options, reading)
}

/** What {@link Tuning} decides of a model whose every layer is run. */
interface Tuned extends Pick<Learner, 'shapes' | 'initial' | 'tensors'> {
  weights(graph: Graph, parameters: Map<string, Value>): Weights
}

/** What training all of a model takes for each of its numbers; measured with 38 million of them. */
const bytesANumber = 90

function whole(all: Shapes, backbone: Checkpoint): Tuned {
  const count = [...all.values()].reduce((sum, shape) => sum + sizeOf(shape), 0)
  const room = Math.min(totalmem(), process.constrainedMemory() || Infinity)
  if (count * bytesANumber > room)
    throw new InputError(
      `training all of ${(count / 1e6).toFixed(0)} million numbers takes some ${gigabytes(count * bytesANumber)} of memory, and this machine has ${gigabytes(room)}`,
      { where: '--tune all', fix: 'Use --tune lora or --tune head.' },
    )
  return {
    shapes: all,
    initial: () => flatten(all, startFrom(backbone)),
    weights: (_, parameters) => (name) => parameters.get(name) as Value,
    tensors: (parameters) => unflatten(all, parameters),
  }
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(0)} GiB`

function lowRank(all: Shapes, backbone: Checkpoint, lora: Lora, seed: number): Tuned {
  const low = loraShapes(all, lora)
  const shapes = new Map([...low, ...[...all].filter(([name]) => isOfHead(name))])
  const held = new Map([...backbone.tensors].filter(([name]) => all.has(name) && !isOfHead(name)))
  return {
    shapes,
    initial() {
      const random = initialLora(seed)
      return flatten(shapes, (name, shape) => (low.has(name) ? random : startFrom(backbone))(name, shape))
    },
    weights(graph, parameters) {
      const fixed = frozen(graph, held)
      const weight: Weights = (name) => parameters.get(name) ?? fixed(name)
      weight.adapter = loraAdapter(graph, parameters, lora)
      return weight
    },
    tensors(parameters) {
      const learned = unflatten(shapes, parameters)
      const merged = mergeLora(held, learned, lora)
      return new Map([...all.keys()].map((name) => [name, (merged.get(name) ?? learned.get(name)) as Tensor]))
    },
  }
}
