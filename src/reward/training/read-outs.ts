import type { Graph, Value } from '../../tensor/graph.ts'
import { cumulativeSum, multiply, reshape, reshapeTo, rows, subtract } from '../../tensor/ops.ts'
import type { Checkpoint } from '../../transformer/checkpoint.ts'
import type { TransformerConfig } from '../../transformer/config.ts'
import { forward, frozen, score, surprisalOf, type Weights } from '../../transformer/model.ts'
import { sequenceInputs } from '../../transformer/pretraining.ts'
import { readInputs, spokenInputs, surprisalInput } from './batches.ts'

/** A model in training: its weights, and whether a frozen language model beside it has read the same tokens. */
export interface ModelInTraining {
  config: TransformerConfig
  weight: Weights
  beside: boolean
}

/** Read-outs [solutions, steps] of a scalar head at the step ends. Declares the feeds of `rewardBatch`, labels apart. */
export function headReadOuts(graph: Graph, { config, weight, beside }: ModelInTraining): Value {
  const surprisal = beside ? surprisalInput(graph) : undefined
  const hidden = forward(graph, config, weight, { ...sequenceInputs(graph), surprisal })
  const { stepRows, stepShape } = readInputs(graph)
  return reshapeTo(score(weight, rows(hidden, stepRows)), stepShape, ['solutions', 'steps'])
}

/** Read-outs [solutions, steps]: log pi / pi_ref of the steps so far, in nats; the surprisal that it is fed is pi_ref's. */
export function logRatioReadOuts(graph: Graph, { config, weight }: ModelInTraining): Value {
  const inputs = { ...sequenceInputs(graph), ...spokenInputs(graph) }
  const learned = surprisalOfSteps(config, weight, inputs)
  const batchAndTime = graph.node('Shape', [inputs.positions], [2], { type: 'int64' })
  const ratios = reshapeTo(subtract(surprisalInput(graph), learned), batchAndTime, ['batch', 'time'])
  const running = reshape(cumulativeSum(ratios, 1), [-1, 1], ['tokens', 1])
  const { stepRows, stepShape } = readInputs(graph)
  return reshapeTo(rows(running, stepRows), stepShape, ['solutions', 'steps'])
}

/** Surprisal [batch * time], in nats, of the steps' tokens under a language model, 0 for the problem's. Declares the feeds of `rewardBatch`. */
export function frozenSurprisal(
  graph: Graph,
  { config, tensors }: Pick<Checkpoint, 'config' | 'tensors'>,
): Value {
  const inputs = { ...sequenceInputs(graph), ...spokenInputs(graph) }
  return surprisalOfSteps(config, frozen(graph, tensors), inputs)
}

function surprisalOfSteps(
  config: TransformerConfig,
  weight: Weights,
  inputs: ReturnType<typeof sequenceInputs> & ReturnType<typeof spokenInputs>,
): Value {
  const { tokens, previous, spoken, ...rest } = inputs
  const before = rows(forward(tokens.graph, config, weight, { tokens, ...rest }), previous)
  return multiply(surprisalOf(config, weight, before, tokens), spoken)
}
