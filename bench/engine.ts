/**
 * Tokens a second of training and of decoding, for the shipped sizes, beside what their matrix products alone allow:
 *
 *     node --import tsx bench/engine.ts [--rounds 7] [--threads 4] [--json]
 *
 * Two limits, both measured in the same rounds as the engine, one after the other: `products` runs the model's own weight
 * products and nothing else (three times the forward pass for training); `square` counts operations (2 a parameter and
 * token for decoding, 6 for training, and attention's) at the rate of a 1024 x 1024 product. Training uses one session
 * of all threads, decoding one single-threaded worker a thread, as the engine does.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { random } from '../src/reasoning/random.ts'
import { configOf, full } from '../src/reward/reproduce/recipe.ts'
import { createPool } from '../src/tensor/pool.ts'
import { createTrainer } from '../src/tensor/trainer.ts'
import { startingState } from '../src/tensor/training-state.ts'
import { languageBatch } from '../src/transformer/batches.ts'
import { tensorShapes } from '../src/transformer/checkpoint.ts'
import type { TransformerConfig } from '../src/transformer/config.ts'
import { initialParameters, languageLoss } from '../src/transformer/pretraining.ts'
import { skeleton, square } from './products.ts'
import { type Spread, spreadOf } from './spread.ts'

export interface DecodeJob {
  model: 'policy' | 'backbone'
  what: 'decode' | 'products' | 'square'
  /** Sequences decoded together, prompt tokens, and new tokens of each. */
  rows: number
  prompt: number
  tokens: number
}

/** Tokens (or, for 'square', operations) and the seconds they took. */
export interface DecodeResult {
  amount: number
  seconds: number
}

const trainingShape = { rows: 32, time: 128 }
const decodingShape = { rows: 128, prompt: 48, tokens: 64 }

interface Measured {
  model: string
  work: 'training' | 'decoding'
  parameters: number
  /** Medians and ranges over rounds; tokens a second, and the engine's share of each limit. */
  engine: Spread
  productsLimit: Spread
  squareLimit: Spread
  ofProducts: Spread
  ofSquare: Spread
}

/** Rates of one round. */
interface Round {
  engine: number
  products: number
  square: number
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const threads = Number(values.threads)

if (process.argv[1] === import.meta.filename) {
  const measured: Measured[] = []
  for (const model of ['policy', 'backbone'] as const) {
    const config = configOf(full[model], 640)
    measured.push(summary(model, 'training', config, await trainingRounds(config)))
    measured.push(summary(model, 'decoding', config, await decodingRounds(model, config)))
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ rounds, threads, trainingShape, decodingShape, measured }, null, 2)}\n`
      : described(measured),
  )
}

async function trainingRounds(config: TransformerConfig): Promise<Round[]> {
  const { rows, time } = trainingShape
  const shapes = tensorShapes(config)
  const parameters = initialParameters(config, shapes, 1)
  const trainer = await createTrainer({
    shapes,
    threads,
    state: startingState(parameters),
    loss: (graph, weights) => ({ loss: languageLoss(graph, config, weights) }),
  })
  const { int } = random('engine')
  const ids = () => Array.from({ length: time }, () => int(0, config.vocabSize - 1))
  const batch = languageBatch(Array.from({ length: rows }, () => ({ ids: ids(), from: 1 })))
  const [products, one] = [await skeleton(config, rows * time, threads), await square(1024, threads)]
  const operations = 3 * operationsOf(config, time)
  const round = async (): Promise<Round> => ({
    engine: (rows * time) / (await seconds(3, () => trainer.step(batch.feeds(), 1e-4))),
    products: (rows * time) / (3 * (await seconds(3, () => products.run()))),
    square: one.operations / (await seconds(10, () => one.run())) / operations,
  })
  await round()
  const measured = await repeated(round)
  await Promise.all([trainer.close(), products.close(), one.close()])
  return measured
}

async function decodingRounds(model: 'policy' | 'backbone', config: TransformerConfig): Promise<Round[]> {
  const pool = createPool<DecodeJob, DecodeResult>(
    new URL('./engine-worker.ts', import.meta.url),
    {},
    threads,
  )
  /** All workers at once; the sum of their rates. */
  const rate = async (what: DecodeJob['what']) => {
    const jobs = Array.from({ length: threads }, () => pool.run({ model, what, ...decodingShape }))
    return (await Promise.all(jobs)).reduce((sum, { amount, seconds }) => sum + amount / seconds, 0)
  }
  const { prompt, tokens } = decodingShape
  const operations = operationsOf(config, prompt + tokens / 2)
  const round = async (): Promise<Round> => ({
    engine: await rate('decode'),
    products: await rate('products'),
    square: (await rate('square')) / operations,
  })
  await round()
  const measured = await repeated(round)
  await pool.close()
  return measured
}

/** Floating-point operations of a forward pass, a token: two a weight that it meets, and attention over `time` tokens. */
function operationsOf(config: TransformerConfig, time: number): number {
  const { layers, heads, headSize } = config
  return 2 * parametersOf(config) + layers * 4 * time * heads * headSize
}

/** The tied embedding counts once: as the logits' product. */
function parametersOf(config: TransformerConfig): number {
  return [...tensorShapes(config).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
}

async function seconds(times: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < times; i++) await work()
  return (performance.now() - start) / 1000 / times
}

async function repeated(round: () => Promise<Round>): Promise<Round[]> {
  const measured: Round[] = []
  while (measured.length < rounds) measured.push(await round())
  return measured
}

function summary(
  model: string,
  work: Measured['work'],
  config: TransformerConfig,
  measured: Round[],
): Measured {
  const spread = (value: (round: Round) => number) => spreadOf(measured, value)
  return {
    model,
    work,
    parameters: parametersOf(config),
    engine: spread(({ engine }) => engine),
    productsLimit: spread(({ products }) => products),
    squareLimit: spread(({ square }) => square),
    ofProducts: spread(({ engine, products }) => engine / products),
    ofSquare: spread(({ engine, square }) => engine / square),
  }
}

function described(measured: readonly Measured[]): string {
  const rate = ({ median, low, high }: Spread) => `${count(median)} [${count(low)}, ${count(high)}]`
  const share = ({ median, low, high }: Spread) => `${percent(median)} [${percent(low)}, ${percent(high)}]`
  const lines = measured.flatMap(
    ({ model, work, parameters, engine, productsLimit, squareLimit, ofProducts, ofSquare }) => [
      `${model}, ${work} (${(parameters / 1e6).toFixed(2)} M parameters), tokens a second: ${rate(engine)}`,
      `  its weight products alone: ${rate(productsLimit)}; the engine reaches ${share(ofProducts)}`,
      `  at the rate of a square product: ${rate(squareLimit)}; the engine reaches ${share(ofSquare)}`,
    ],
  )
  const { rows, time } = trainingShape
  const note =
    `${rounds} interleaved rounds, medians [least, most]; ${threads} threads. Training: ${rows} x ${time} tokens a step; ` +
    `decoding: ${decodingShape.rows} sequences a thread, ${decodingShape.prompt} + ${decodingShape.tokens} tokens.`
  return `${lines.join('\n')}\n${note}\n`
}

function count(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 1000)}k` : String(Math.round(value))
}

function percent(value: number): string {
  return `${(100 * value).toFixed(0)}%`
}
