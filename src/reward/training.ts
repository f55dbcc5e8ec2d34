import { random } from '../reasoning/random.ts'
import type { Graph, Value } from '../tensor/graph.ts'
import { multiply, reshapeTo, rows } from '../tensor/ops.ts'
import { createTrainer, flatten, parameterReader, type Shapes, sizeOf, unflatten } from '../tensor/trainer.ts'
import { groupByLength } from '../transformer/batches.ts'
import { type Checkpoint, tensorShapes } from '../transformer/checkpoint.ts'
import type { TransformerConfig } from '../transformer/config.ts'
import { forward, frozen, score, surprisalOf } from '../transformer/model.ts'
import { sequenceInputs } from '../transformer/pretraining.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'
import {
  type Evaluation,
  runTraining,
  type TrainingResult,
  type TrainingRun,
} from '../transformer/training.ts'
import {
  type EncodedSolution,
  type Labelled,
  labelInputs,
  rewardBatch,
  type StepLabels,
  spokenInputs,
} from './batches.ts'
import { checkSameTokens, rewardTensors } from './checkpoint.ts'

/** What makes one reward differ from another in training: its loss, and how it is judged on held-out solutions. */
export interface RewardObjective {
  loss: (logits: Value, labels: StepLabels) => Value
  /** Raw read-outs of every validation solution, [steps] each, in the order of the solutions. */
  evaluate: (logits: Float32Array[], solutions: readonly EncodedSolution['label'][]) => Evaluation
}

export interface RewardTraining {
  /** The language model that the reward starts from. */
  backbone: Checkpoint
  /** A frozen language model whose surprisal at each token of the steps the reward reads too; same tokenizer. */
  surprisalModel?: Checkpoint
  objective: RewardObjective
  /** Names the objective and its options in the run's fingerprint. */
  name: string
  train: readonly Labelled[]
  validation: readonly Labelled[]
  seed: number
  epochs: number
  peak: number
  batchTokens: number
  threads: number
  /** Evaluations without a better validation loss after which training stops. */
  patience?: number
}

export function encodeLabelled(
  tokenizer: Tokenizer,
  { problem, steps, correct, firstError }: Labelled,
): EncodedSolution {
  return {
    ...tokenizer.encodeSolution(problem, steps, { ended: false }),
    promptLength: tokenizer.encodePrompt(problem).length,
    label: { correct, firstError },
  }
}

/** The same model with a score per token instead of logits over the vocabulary. */
export function rewardConfig(config: TransformerConfig): TransformerConfig {
  const family = config.architecture.startsWith('Llama') ? 'Llama' : 'Qwen2'
  return { ...config, architecture: `${family}ForTokenClassification` }
}

/** Raw read-outs [solutions, steps] at the step ends. `real` [solutions, steps] gives them their shape. */
function stepLogits(
  graph: Graph,
  config: TransformerConfig,
  parameters: Map<string, Value>,
  real: Value,
  surprisalModel?: Checkpoint,
): Value {
  const weight = (name: string) => parameters.get(name) as Value
  const inputs = sequenceInputs(graph)
  const surprisal = surprisalModel && surprisalOfSteps(graph, surprisalModel, inputs)
  const hidden = forward(graph, config, weight, { ...inputs, surprisal })
  const read = rows(hidden, graph.input('stepRows', 'int64', ['cells']))
  const column = score(weight, read)
  const sizes = graph.node('Shape', [real], [2], { type: 'int64' })
  return reshapeTo(column, sizes, ['solutions', 'steps'])
}

/** Surprisal [batch * time] of the steps' tokens under a frozen model, 0 for the problem's. */
function surprisalOfSteps(
  graph: Graph,
  { config, tensors }: Checkpoint,
  inputs: ReturnType<typeof sequenceInputs>,
): Value {
  const weight = frozen(graph, tensors)
  const { previous, spoken } = spokenInputs(graph)
  const before = rows(forward(graph, config, weight, inputs), previous)
  return multiply(surprisalOf(config, weight, before, inputs.tokens), spoken)
}

/** Fine-tunes the backbone with a scalar head; the head starts at zero, so training starts from hazards of one half. */
export async function trainReward(
  options: RewardTraining,
  run: Pick<TrainingRun, 'directory' | 'onStep' | 'signal'>,
): Promise<TrainingResult & { config: TransformerConfig; tensors: ReturnType<typeof unflatten> }> {
  const { backbone, surprisalModel, objective, seed, epochs, batchTokens, threads } = options
  if (surprisalModel) checkSameTokens(backbone, surprisalModel, 'the surprisal model')
  const config = rewardConfig(backbone.config)
  const shapes = tensorShapes(config, rewardTensors(config, surprisalModel !== undefined))
  const batch = { surprisal: surprisalModel !== undefined }
  const encode = (solutions: readonly Labelled[]) =>
    solutions.map((solution) => encodeLabelled(backbone.tokenizer, solution))
  const train = encode(options.train)
  const lengths = train.map(({ ids }) => ids.length)
  const window = (epoch: number) =>
    groupByLength(lengths, batchTokens, random('reward batches', seed, epoch)).map((group) =>
      rewardBatch(
        group.map((i) => train[i]),
        batch,
      ),
    )
  const perEpoch = window(0).length
  const steps = perEpoch * epochs
  const result = await runTraining({
    ...run,
    fingerprint: JSON.stringify({
      name: options.name,
      config,
      surprisal: surprisalModel?.config ?? null,
      seed,
      epochs,
      peak: options.peak,
      batchTokens,
      train: [train.length, lengths.reduce((sum, length) => sum + length, 0)],
      validation: options.validation.length,
    }),
    shape: { steps, warmup: Math.min(100, Math.ceil(steps / 10)), peak: options.peak },
    initial: () =>
      flatten(shapes, (name, shape) => backbone.tensors.get(name)?.data ?? new Float32Array(sizeOf(shape))),
    create: (state) =>
      createTrainer({
        shapes,
        state,
        threads,
        loss(graph, parameters) {
          const labels = labelInputs(graph)
          const logits = stepLogits(graph, config, parameters, labels.real, surprisalModel)
          return { loss: objective.loss(logits, labels) }
        },
      }),
    window,
    evaluate: {
      every: Math.max(20, Math.floor(perEpoch / 4)),
      patience: options.patience,
      run: validator(options, config, shapes, encode(options.validation)),
    },
  })
  return { ...result, config, tensors: unflatten(shapes, result.parameters) }
}

/** Scores the validation solutions with parameters that are still being trained. */
function validator(
  { objective, batchTokens, threads, surprisalModel }: RewardTraining,
  config: TransformerConfig,
  shapes: Shapes,
  solutions: EncodedSolution[],
) {
  const groups = groupByLength(
    solutions.map(({ ids }) => ids.length),
    batchTokens,
    random('validation'),
  )
  const logits = parameterReader(shapes, threads, (graph, parameters) =>
    stepLogits(
      graph,
      config,
      parameters,
      graph.input('real', 'float32', ['solutions', 'steps']),
      surprisalModel,
    ),
  )
  return async (parameters: Float32Array) => {
    const read: Float32Array[] = new Array(solutions.length)
    for (const group of groups) {
      const batch = rewardBatch(
        group.map((i) => solutions[i]),
        { surprisal: surprisalModel !== undefined },
      )
      const { before, at, correct, wrong, count, ...feeds } = batch.feeds()
      const data = await logits(parameters, feeds)
      for (const [row, i] of group.entries())
        read[i] = data.slice(row * batch.steps, row * batch.steps + solutions[i].stepEnds.length)
    }
    return objective.evaluate(
      read,
      solutions.map(({ label }) => label),
    )
  }
}
