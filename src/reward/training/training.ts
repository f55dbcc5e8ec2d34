import { join } from 'node:path'
import { digestOf } from '../../data/digest.ts'
import { InputError } from '../../reasoning/errors.ts'
import { random } from '../../reasoning/random.ts'
import type { Tensor } from '../../tensor/safetensors.ts'
import { createTrainer } from '../../tensor/trainer.ts'
import { groupByLength } from '../../transformer/batches.ts'
import type { Checkpoint } from '../../transformer/checkpoint.ts'
import {
  type Evaluation,
  runTraining,
  type TrainingResult,
  type TrainingRun,
} from '../../transformer/training.ts'
import { writeReward } from '../checkpoint.ts'
import { fingerprintOf } from '../fingerprint.ts'
import type { ReadOuts, RewardKind } from '../kinds/kind.ts'
import { type Labelled, labelInputs, type SolutionLabel } from '../labels.ts'
import { auc, brier, ece, firstErrorMetrics } from '../metrics.ts'
import { type Baselines, baselines } from './baseline.ts'
import { type EncodedSolution, encodeLabelled } from './batches.ts'
import { calibratedHead, fitHazards, type HazardCalibration } from './hazard-calibration.ts'
import type { Learner, LearnerOptions, Reading } from './learner.ts'
import { learnerOf } from './tuning.ts'

export interface RewardTraining extends LearnerOptions {
  /** The language model that the reward starts from; a log-ratio reward also ends as one, and is held against it. */
  backbone: Checkpoint
  /** A frozen language model whose surprisal at each token of the steps a score head reads too; same tokenizer. */
  surprisalModel?: Checkpoint
  train: readonly Labelled[]
  validation: readonly Labelled[]
  epochs: number
  /** Peak learning rate. */
  peak: number
  /** Where what a frozen model has read of the solutions is kept, for trainings that read the same; in the run's own folder unless given. */
  readings?: string
  /** Evaluations without a better validation loss after which training stops. */
  patience?: number
}

export interface TrainedReward extends TrainingResult {
  /** Of a reward with hazards; null where they were left as they are, since higher ones were not wrong more often. */
  calibration?: RewardCalibration | null
  /** What the losses on validation are to be held against: where even the best is no better than a blind one, nothing was learned. */
  baselines?: Baselines
}

/** How hazards were calibrated on validation after training, and the metrics there after that. */
export interface RewardCalibration extends HazardCalibration {
  metrics: Record<string, number>
}

/** Fine-tunes the backbone, or what `tuning` says of it. */
export async function trainReward(
  options: RewardTraining,
  run: Pick<TrainingRun, 'directory' | 'onStep' | 'signal' | 'saveEvery'> & Pick<Reading, 'onRead'>,
): Promise<TrainedReward & Pick<Learner, 'config' | 'beside'> & { tensors: Map<string, Tensor> }> {
  const { kind, backbone, tuning = { tune: 'all' }, seed, epochs, batchTokens, threads } = options
  const { tokenizer } = backbone
  const encode = (solutions: readonly Labelled[]) =>
    solutions.map((solution) => encodeFitting(backbone, solution))
  const [train, validation] = [encode(options.train), encode(options.validation)]
  const learner = await learnerOf(options, [...train, ...validation], {
    ...run,
    directory: options.readings ?? run.directory,
  })
  const { config, shapes } = learner
  const lengths = train.map(({ ids }) => ids.length)
  const window = (epoch: number) =>
    groupByLength(lengths, batchTokens, random('reward batches', seed, epoch)).map((group) =>
      learner.batch(group.map((i) => train[i])),
    )
  const perEpoch = window(0).length
  const steps = perEpoch * epochs
  const result = await runTraining({
    ...run,
    fingerprint: JSON.stringify({
      kind: kind.name,
      options: kind.options,
      config,
      backbone: fingerprintOf(backbone.tensors),
      surprisal: options.surprisalModel ? fingerprintOf(options.surprisalModel.tensors) : null,
      seed,
      epochs,
      peak: options.peak,
      batchTokens,
      train: digestOf(options.train),
      validation: digestOf(options.validation),
      layout: tokenizer.layout,
      tuning,
    }),
    shape: { steps, warmup: Math.min(100, Math.ceil(steps / 10)), peak: options.peak },
    initial: learner.initial,
    create: (state) =>
      createTrainer({
        shapes,
        state,
        threads,
        loss: (graph, parameters) => ({
          loss: kind.loss(learner.readOuts(graph, parameters), labelInputs(graph)),
        }),
      }),
    window,
    evaluate: {
      every: Math.max(20, Math.floor(perEpoch / 4)),
      patience: options.patience,
      run: async (parameters) =>
        evaluateReward(
          kind,
          await learner.read(parameters, validation),
          validation.map(({ label }) => label),
        ),
    },
  })
  const { parameters } = result
  const tensors = learner.tensors(parameters)
  const labels = validation.map(({ label }) => label)
  const calibration = kind.hazard
    ? calibrated(kind, await learner.read(parameters, validation), labels)
    : undefined
  return {
    ...result,
    config,
    beside: learner.beside,
    calibration,
    baselines: baselines(kind, train.map(lengthOf), validation.map(lengthOf)),
    tensors: calibration ? calibratedHead(tensors, calibration) : tensors,
  }
}

/**
 * {@link trainReward}, and the checkpoint that came of it in `directory`, as `writeReward` writes it. The run's state lives in
 * `directory/training`: a run that was killed goes on from it.
 */
export async function trainRewardCheckpoint(
  directory: string,
  options: RewardTraining,
  run: Pick<TrainingRun, 'onStep' | 'signal' | 'saveEvery'> & Pick<Reading, 'onRead'>,
): Promise<TrainedReward> {
  const { kind, backbone } = options
  const result = await trainReward(options, { ...run, directory: join(directory, 'training') })
  const { config, tensors, beside } = result
  const { tokenizer, dtype, foreign } = backbone
  writeReward(directory, { kind, config, tensors, tokenizer, beside, dtype, foreign })
  return result
}

const lengthOf = ({ stepEnds, label }: EncodedSolution) => ({ steps: stepEnds.length, label })

function calibrated(
  kind: RewardKind,
  readOuts: readonly ReadOuts[],
  labels: readonly SolutionLabel[],
): RewardCalibration | null {
  const fit = fitHazards(readOuts, labels)
  if (fit === null) return null
  const changed = readOuts.map((us) => Array.from(us, (u) => fit.scale * u + fit.shift))
  return { ...fit, metrics: evaluateReward(kind, changed, labels).metrics }
}

/** @throws InputError when the solution is longer than what the backbone can read */
function encodeFitting({ config, tokenizer }: Checkpoint, solution: Labelled): EncodedSolution {
  const encoded = encodeLabelled(tokenizer, solution)
  const { length } = encoded.ids
  if (length <= config.contextLength) return encoded
  throw new InputError(`${length} tokens do not fit the backbone's context of ${config.contextLength}`, {
    where: solution.id ?? `"${solution.problem.slice(0, 60)}"`,
    fix: 'Leave this solution out, or use a backbone with a longer context.',
  })
}

/** Mean loss and metrics of the read-outs of labelled solutions, in double precision; NaN where a metric has no meaning. */
export function evaluateReward(
  kind: RewardKind,
  readOuts: readonly ReadOuts[],
  labels: readonly SolutionLabel[],
): Evaluation {
  const loss = readOuts.reduce((sum, each, i) => sum + kind.lossOf(each, labels[i]), 0) / readOuts.length
  const [score] = Object.values(kind.scores)
  const scores = readOuts.map(score)
  // the model has diverged
  if (scores.some(Number.isNaN)) return { loss: Number.NaN, metrics: {} }
  const correct = labels.map((label) => label.correct)
  const probabilities = scores.map(Math.exp)
  const located = labels.flatMap((label, i) =>
    label.correct || typeof label.firstError === 'number' ? [i] : [],
  )
  const found =
    kind.firstError &&
    firstErrorMetrics(
      located.map((i) => kind.firstError?.(readOuts[i]) ?? null),
      located.map((i) => (labels[i].correct ? null : (labels[i].firstError as number))),
    )
  const metrics = {
    auc: auc(scores, correct),
    ece: ece(probabilities, correct),
    brier: brier(probabilities, correct),
    ...(found && { firstError: found.accuracy, firstErrorWhenWrong: found.accuracyOnWrong }),
  }
  return {
    loss,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN])),
  }
}
