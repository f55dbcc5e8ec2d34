import { Graph, type Value } from '../../tensor/graph.ts'
import { reshapeTo, rows } from '../../tensor/ops.ts'
import { flatten, unflatten } from '../../tensor/trainer.ts'
import { tensorShapes } from '../../transformer/checkpoint.ts'
import { withScoreHead } from '../../transformer/config.ts'
import { forward, frozen, score } from '../../transformer/model.ts'
import { sequenceInputs } from '../../transformer/pretraining.ts'
import { isOfHead, startFrom } from '../checkpoint.ts'
import { type EncodedSolution, hiddenBatch, readInputs, rewardBatch } from './batches.ts'
import { type Frozen, keptReadings } from './kept-readings.ts'
import type { Learner, LearnerOptions, Reading } from './learner.ts'

/**
 * A score head on a backbone that stays as it is. The backbone reads each solution once, and what the head sees of it, the
 * hidden state at the end of each step, is kept: after that an epoch costs next to nothing.
 */
export async function headLearner(
  options: LearnerOptions,
  solutions: readonly EncodedSolution[],
  reading: Reading,
): Promise<Learner> {
  const { backbone } = options
  const config = withScoreHead(backbone.config)
  const all = tensorShapes(config)
  const shapes = new Map([...all].filter(([name]) => isOfHead(name)))
  const states = await hiddenStates(options, solutions, reading)
  const stateOf = (solution: EncodedSolution) => states.get(solution) as Float32Array
  const { hiddenSize } = config
  return {
    config,
    shapes,
    initial: () => flatten(shapes, startFrom(backbone)),
    batch: (group) => hiddenBatch(group, stateOf, hiddenSize),
    readOuts(graph, parameters) {
      const hidden = graph.input('hidden', 'float32', ['cells', hiddenSize])
      const stepShape = graph.input('stepShape', 'int64', [2])
      const readOut = score((name) => parameters.get(name) as Value, hidden)
      return reshapeTo(readOut, stepShape, ['solutions', 'steps'])
    },
    async read(parameters, group) {
      const [weight, bias] = ['score.weight', 'score.bias'].map(
        (name) => unflatten(shapes, parameters).get(name)?.data as Float32Array,
      )
      return group.map((solution) => {
        const state = stateOf(solution)
        return solution.stepEnds.map((_, t) =>
          weight.reduce((sum, each, i) => sum + each * state[t * hiddenSize + i], bias[0]),
        )
      })
    },
    tensors(parameters) {
      const head = unflatten(shapes, parameters)
      return new Map([...all.keys()].map((name) => [name, (head.get(name) ?? backbone.tensors.get(name))!]))
    },
  }
}

/** Hidden states [steps, hiddenSize] of each solution. */
function hiddenStates(
  options: LearnerOptions,
  solutions: readonly EncodedSolution[],
  reading: Reading,
): Promise<Map<EncodedSolution, Float32Array>> {
  const { config, tensors } = options.backbone
  const graph = new Graph()
  const hidden = forward(graph, config, frozen(graph, tensors), sequenceInputs(graph))
  graph.output('read', rows(hidden, readInputs(graph).stepRows))
  const model: Frozen = {
    ...{ name: 'hidden', tensors, graph },
    feeds: (group) => rewardBatch(group, { labels: false }).feeds(),
    sizeOf: ({ stepEnds }) => stepEnds.length * config.hiddenSize,
  }
  return keptReadings(model, solutions, options, reading)
}
