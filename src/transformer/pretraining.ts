import { type Random, random } from '../reasoning/random.ts'
import type { Task } from '../tasks/task.ts'
import type { Graph, Value } from '../tensor/graph.ts'
import { crossEntropy } from '../tensor/layers.ts'
import { divide } from '../tensor/ops.ts'
import { createTrainer, flatten, parameterReader, type Shapes, sizeOf, unflatten } from '../tensor/trainer.ts'
import { type Batch, groupByLength, type LanguageExample, languageBatch } from './batches.ts'
import { trainTokenizer } from './bpe.ts'
import { tensorShapes } from './checkpoint.ts'
import type { TransformerConfig } from './config.ts'
import { forward, logits } from './model.ts'
import { Tokenizer } from './tokenizer.ts'
import { runTraining, type TrainingResult, type TrainingRun } from './training.ts'

/** An endless supply of right solutions to learn from. */
export interface GoldText {
  /** Of what it is made; part of a run's fingerprint. */
  names: readonly string[]
  /** The same for the same arguments; no problem is in both splits. */
  solution(split: 'train' | 'validation', index: number): { problem: string; steps: string[] }
}

/** How to pre-train a language model on gold solutions. */
export interface Pretraining {
  gold: GoldText
  config: TransformerConfig
  seed: number
  /** Windows of copying drills before the first gold solution. */
  drills: number
  /** Share of the drills that go backwards; none unless given. */
  backwardDrills?: number
  steps: number
  /** Peak learning rate. */
  peak: number
  warmup: number
  /** Padded tokens in a batch. */
  batchTokens: number
  threads: number
}

const exampleWindow = 1024

/**
 * Gold solutions of generated tasks in turn. A task that is listed twice comes up twice as often.
 * @param practice share of the solutions that have exercises in them
 */
export function goldSolutions(tasks: readonly Task[], seed: number, practice = 0): GoldText {
  return {
    names: [...tasks.map(({ name }) => name), ...(practice > 0 ? [`practice ${practice}`] : [])],
    solution(split, index) {
      const task = tasks[index % tasks.length]
      const problem = task.problem(split, index)
      const stream = random('gold', seed, split, index)
      const practises = practice > 0 && random('practice', seed, split, index).next() < practice
      const steps = practises ? task.practise(problem, stream) : task.solve(problem, stream)
      return { problem: problem.problem, steps }
    },
  }
}

/** So many tokens drawn by lot, none of them special. */
export function randomText({ specials, vocabSize }: Tokenizer, count: number, stream: Random): number[] {
  const { problem, solution, step, end } = specials
  const first = 1 + Math.max(problem, solution, step, end)
  return Array.from({ length: count }, () => stream.int(first, vocabSize - 1))
}

/**
 * A drill: random tokens, said again. Heads that look up what came after a token form here within a few hundred steps; on the tasks
 * alone, where few tokens ask for them, they did not form in five thousand. Heads that look up what came before a token, where it
 * stood last, need drills that go backwards, after the order has changed once.
 */
function drill(tokenizer: Tokenizer, stream: Random, backward: number): { ids: number[]; from: number } {
  const { problem, solution, step, end } = tokenizer.specials
  const said = randomText(tokenizer, stream.int(4, 24), stream)
  if (backward === 0 || stream.next() >= backward)
    return { ids: [problem, ...said, solution, ...said, step, ...said, step, end], from: said.length + 2 }
  const once = [...new Set(said)]
  const moved = stream.next() < 0.5
  const last = moved ? [...stream.shuffle(once), step] : []
  const back = (moved ? last.slice(0, -1) : once).toReversed()
  // nothing foretells the shuffled list, nor where the first one ends
  const from = said.length + 3 + last.length
  return { ids: [problem, ...said, solution, ...last, ...back, step, ...back, step, end], from }
}

const longestGap = 24

/**
 * Half of the solutions stand some positions away from their problem: a model that knew only the distances of the problems it
 * learns from would lose its place in a longer one.
 */
function gapOf(split: 'train' | 'validation', stream: Random): number {
  return split === 'train' && stream.next() < 0.5 ? stream.int(1, longestGap) : 0
}

/** A tokenizer learned from gold solutions; digits stand alone. */
export function goldTokenizer(gold: GoldText, options: { vocabSize: number; solutions: number }): Tokenizer {
  function* texts() {
    for (let i = 0; i < options.solutions; i++) {
      const { problem, steps } = gold.solution('train', i)
      yield problem
      yield* steps
    }
  }
  return new Tokenizer(trainTokenizer(texts(), { vocabSize: options.vocabSize }))
}

/** Random weights: matrices normal with deviation 0.02 sqrt(768 / hidden), those that write to the residual stream smaller. */
export function initialParameters(config: TransformerConfig, shapes: Shapes, seed: number): Float32Array {
  const stream = random('initial', seed)
  const deviation = 0.02 * Math.sqrt(768 / config.hiddenSize)
  return flatten(shapes, (name, shape) => {
    const values = new Float32Array(sizeOf(shape))
    if (name.includes('norm')) return values.fill(1)
    if (shape.length === 1) return values
    const shrink = /o_proj|down_proj/.test(name) ? 1 / Math.sqrt(2 * config.layers) : 1
    return values.map(() => stream.normal() * deviation * shrink)
  })
}

/** Mean next-token cross entropy over the batch's targets, in nats. Declares the inputs of {@link languageBatch}. */
export function languageLoss(graph: Graph, config: TransformerConfig, parameters: Map<string, Value>): Value {
  const weight = (name: string) => parameters.get(name) as Value
  const hidden = forward(graph, config, weight, sequenceInputs(graph))
  const labels = graph.input('labels', 'int64', ['tokens'])
  const weights = graph.input('weights', 'float32', ['tokens'])
  const total = graph.input('total', 'float32', [])
  return divide(crossEntropy(logits(config, weight, hidden), labels, weights), total)
}

/** The inputs of `sequenceFeeds`. */
export function sequenceInputs(graph: Graph) {
  return {
    tokens: graph.input('tokens', 'int64', ['tokens']),
    positions: graph.input('positions', 'int64', ['batch', 'time']),
    mask: graph.input('mask', 'float32', ['time', 'time']),
  }
}

export function pretrain(
  options: Pretraining,
  tokenizer: Tokenizer,
  run: Pick<TrainingRun, 'directory' | 'onStep' | 'signal' | 'saveEvery'>,
): Promise<LanguageResult> {
  const { gold, threads: _, ...settings } = options
  const { config, seed } = settings
  const window = (split: 'train' | 'validation', index: number): Batch[] => {
    const stream = random('drills', seed, index)
    const examples = Array.from({ length: exampleWindow }, (_, i) => {
      if (split === 'train' && index < options.drills)
        return drill(tokenizer, stream, options.backwardDrills ?? 0)
      const { problem, steps } = gold.solution(split, index * exampleWindow + i)
      const { ids } = tokenizer.encodeSolution(problem, steps)
      return { ids, from: ids.indexOf(tokenizer.specials.solution) + 1, gap: gapOf(split, stream) }
    }).filter(({ ids }) => ids.length + longestGap <= config.contextLength)
    return languageBatches(examples, options.batchTokens, random('batches', seed, index))
  }
  return trainLanguage(
    {
      ...options,
      fingerprint: JSON.stringify({ ...settings, tasks: gold.names, tokenizer: tokenizer.vocabSize }),
      initial: (shapes) => initialParameters(config, shapes, seed),
      window: (index) => window('train', index),
      validation: window('validation', 0),
    },
    run,
  )
}

/** Examples of like length together. */
export function languageBatches(
  examples: readonly LanguageExample[],
  batchTokens: number,
  stream: Random,
): Batch[] {
  const lengths = examples.map(({ ids }) => ids.length)
  return groupByLength(lengths, batchTokens, stream).map((group) =>
    languageBatch(group.map((i) => examples[i])),
  )
}

/** How a language model learns from batches of any origin. */
export interface LanguageTraining
  extends Pick<Pretraining, 'config' | 'steps' | 'peak' | 'warmup' | 'threads'> {
  /** Names the run: see {@link TrainingRun}. */
  fingerprint: string
  initial: (shapes: Shapes) => Float32Array
  window: (index: number) => Batch[]
  validation: Batch[]
}

export interface LanguageResult extends TrainingResult {
  tensors: ReturnType<typeof unflatten>
}

export async function trainLanguage(
  options: LanguageTraining,
  run: Pick<TrainingRun, 'directory' | 'onStep' | 'signal' | 'saveEvery'>,
): Promise<LanguageResult> {
  const { config, steps, warmup, peak, threads, fingerprint, window } = options
  const shapes = tensorShapes(config)
  const result = await runTraining({
    ...run,
    fingerprint,
    shape: { steps, warmup, peak },
    initial: () => options.initial(shapes),
    create: (state) =>
      createTrainer({
        shapes,
        state,
        threads,
        loss: (graph, parameters) => ({ loss: languageLoss(graph, config, parameters) }),
      }),
    window,
    evaluate: { every: Math.max(50, Math.round(steps / 10)), run: validator(options, shapes) },
  })
  return { ...result, tensors: unflatten(shapes, result.parameters) }
}

/** Validation loss of parameters that are still being trained. */
function validator({ config, threads, validation }: LanguageTraining, shapes: Shapes) {
  const read = parameterReader(shapes, threads, (graph, parameters) =>
    languageLoss(graph, config, parameters),
  )
  return async (parameters: Float32Array) => {
    let sum = 0
    let tokens = 0
    for (const batch of validation) {
      const [loss] = await read(parameters, batch.feeds())
      sum += loss * batch.tokens
      tokens += batch.tokens
    }
    return { loss: sum / tokens, metrics: {} }
  }
}
