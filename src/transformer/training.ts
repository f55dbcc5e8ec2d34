import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import { cosineRate } from '../tensor/adamw.ts'
import type { Trainer, TrainingState } from '../tensor/trainer.ts'
import { loadState, startingState, storeState } from '../tensor/training-state.ts'
import type { Batch } from './batches.ts'
import { differingSettings } from './training-settings.ts'

export interface Evaluation {
  /** Lower is better: the best step's parameters are kept. */
  loss: number
  metrics: Record<string, number>
}

export interface History {
  step: number
  metrics: Record<string, number>
}

/** Where a run stands, beside its numbers; saved with them. */
interface Place {
  window: number
  batch: number
  tokens: number
  /** Seconds spent on it, by all processes that worked on it and saved. */
  seconds: number
  best: { step: number; loss: number } | null
  history: History[]
}

export interface TrainingRun {
  /** Folder of the run: its state lives there, and a run that was killed goes on from it. */
  directory: string
  /** The run's settings, as JSON: a state saved under others is refused. */
  fingerprint: string
  shape: { steps: number; warmup: number; peak: number }
  /** All parameters as one vector, for a run that starts anew. */
  initial: () => Float32Array
  create: (state: TrainingState) => Promise<Trainer>
  /** The data, a window at a time: the same index always gives the same batches. */
  window: (index: number) => Batch[]
  evaluate?: { every: number; run: (parameters: Float32Array) => Promise<Evaluation>; patience?: number }
  /** Seconds between saved states. */
  saveEvery?: number
  onStep?: (now: {
    step: number
    steps: number
    loss: number
    tokens: number
    metrics?: Record<string, number>
  }) => void
  signal?: AbortSignal
}

export interface TrainingResult {
  parameters: Float32Array
  /** The step whose parameters these are. */
  step: number
  /** Steps taken in all. */
  steps: number
  /** Tokens learned from, all steps together. */
  tokens: number
  seconds: number
  history: History[]
}

/** Where a run in this folder keeps what it goes on from. */
export function stateFile(directory: string): string {
  return join(directory, 'training-state.safetensors')
}

/**
 * Runs training to its end, from wherever the folder's state stands. Saving does not touch the numbers: a run that was
 * killed at any point and started again ends bit for bit as one that was not.
 * @throws InputError when the folder holds a run with other settings, or the training diverged: a loss that is no number, or weights that
 * no checkpoint can hold
 */
export async function runTraining(run: TrainingRun): Promise<TrainingResult> {
  const { steps } = run.shape
  await mkdir(run.directory, { recursive: true })
  const file = stateFile(run.directory)
  const loaded = load(file, run)
  const { place } = loaded
  let { best } = loaded
  const trainer = await run.create(loaded.state)
  const evaluation = run.evaluate
  let saved = Date.now()
  const save = () => {
    checkNumbers(run, trainer.state)
    place.seconds += (Date.now() - saved) / 1000
    saved = Date.now()
    store(file, run, trainer.state, place, best)
  }
  const exhausted = () =>
    evaluation?.patience !== undefined &&
    place.best !== null &&
    trainer.state.step - place.best.step >= evaluation.patience * evaluation.every

  let batches = run.window(place.window)
  while (trainer.state.step < steps && !exhausted()) {
    if (run.signal?.aborted) {
      save()
      await trainer.close()
      run.signal.throwIfAborted()
    }
    while (place.batch >= batches.length) {
      batches = run.window(++place.window)
      place.batch = 0
    }
    const batch = batches[place.batch++]
    const { loss } = await trainer.step(batch.feeds(), cosineRate(trainer.state.step, run.shape))
    const { step } = trainer.state
    if (!Number.isFinite(loss)) throw diverged(run, `the loss became ${loss} at step ${step}`)
    place.tokens += batch.tokens
    let metrics: Record<string, number> | undefined
    if (evaluation && (step % evaluation.every === 0 || step === steps)) {
      const result = await evaluation.run(trainer.state.parameters)
      metrics = { loss: result.loss, ...result.metrics }
      place.history.push({ step, metrics })
      if (Number.isFinite(result.loss) && (place.best === null || result.loss < place.best.loss)) {
        place.best = { step, loss: result.loss }
        best = trainer.state.parameters.slice()
      }
    }
    run.onStep?.({ step, steps, loss, tokens: place.tokens, metrics })
    if (Date.now() - saved > (run.saveEvery ?? 30) * 1000) save()
  }
  save()
  const parameters = best ?? trainer.state.parameters.slice()
  const { tokens, seconds, history } = place
  const result = {
    parameters,
    step: place.best?.step ?? trainer.state.step,
    steps: trainer.state.step,
    tokens,
    seconds,
    history,
  }
  await trainer.close()
  checkUsable(run, result)
  return result
}

/** The largest weight that float16 holds; no model that has learned comes near it. */
const largest = 65_504

/** @throws InputError on a state from which no step leads back */
function checkNumbers(run: TrainingRun, { step, ...arrays }: TrainingState): void {
  for (const [name, data] of Object.entries(arrays)) {
    const lost = data.find((each) => !Number.isFinite(each))
    if (lost !== undefined) throw diverged(run, `${name} became ${lost} at step ${step}`)
  }
}

/** @throws InputError on parameters that nobody can use */
function checkUsable(run: TrainingRun, { parameters, history, step }: TrainingResult): void {
  if (history.length > 0 && !history.some(({ metrics }) => Number.isFinite(metrics.loss)))
    throw diverged(run, 'no loss on validation is a number')
  const weight = parameters.find((each) => !(Math.abs(each) <= largest))
  if (weight !== undefined) throw diverged(run, `a weight is ${weight.toPrecision(3)} at step ${step}`)
}

/** Of no use are the weights, or the losses, that a training has come to. */
export class DivergedError extends InputError {}

function diverged({ directory, shape }: TrainingRun, sign: string): DivergedError {
  return new DivergedError(`training diverged: ${sign}`, {
    where: directory,
    fix: `Lower --peak, the highest learning rate (it was ${shape.peak}), and delete this folder or use another one.`,
  })
}

interface Loaded {
  state: TrainingState
  place: Place
  best: Float32Array | undefined
}

function load(file: string, run: TrainingRun): Loaded {
  const stored = loadState(file, (metadata) => {
    if (metadata.fingerprint !== run.fingerprint)
      throw new InputError(
        `holds a training run with other settings: ${differing(metadata.fingerprint, run.fingerprint)}`,
        { where: file, fix: 'Delete the folder to start anew, or use another one.' },
      )
  })
  const place = { window: 0, batch: 0, tokens: 0, seconds: 0, best: null, history: [] }
  if (stored === null) return { state: startingState(run.initial()), place, best: undefined }
  const { state, more, metadata } = stored
  return {
    state,
    place: { seconds: 0, ...(JSON.parse(metadata.place) as Partial<Place>) } as Place,
    best: more.get('best'),
  }
}

function differing(...fingerprints: [there: string, asked: string]): string {
  const [there, asked] = fingerprints.map((text) => JSON.parse(text) as Record<string, unknown>)
  return differingSettings(there, asked)
}

function store(
  file: string,
  run: TrainingRun,
  state: TrainingState,
  place: Place,
  best?: Float32Array,
): void {
  const metadata = { fingerprint: run.fingerprint, place: JSON.stringify(place) }
  storeState(file, state, metadata, best && { best })
}
