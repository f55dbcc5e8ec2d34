import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { random } from '../../reasoning/random.ts'
import { trainTokenizer } from '../../transformer/bpe.ts'
import { tensorShapes } from '../../transformer/checkpoint.ts'
import { randomTensors, tinyConfig } from '../../transformer/tiny.fixture.ts'
import { Tokenizer } from '../../transformer/tokenizer.ts'
import { readReward, writeReward } from '../checkpoint.ts'
import { crm } from '../kinds/crm.ts'
import { iprm } from '../kinds/iprm.ts'
import { maskedPrm } from '../kinds/masked-prm.ts'
import { orm } from '../kinds/orm.ts'
import { pqm } from '../kinds/pqm.ts'
import { prm } from '../kinds/prm.ts'
import type { Labelled } from '../labels.ts'
import { embeddedScorer } from '../scorer.ts'
import { evaluateReward, trainReward } from './training.ts'

const scratch = scratchFolder()

const tokenizer = new Tokenizer(
  trainTokenizer(['sum of parts', 'good step', 'bad step', 'fine step'], { vocabSize: 280 }),
)
const config = tinyConfig({
  vocabSize: tokenizer.vocabSize,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headSize: 8,
  intermediateSize: 16,
})
const tensors = randomTensors(tensorShapes(config), 'backbone', 0.1)

/** The first step that says "bad" is the first error; a solution without one is right. */
function labelled(count: number, seed: string): Labelled[] {
  const draw = random(seed)
  return Array.from({ length: count }, (_, i) => {
    const steps = Array.from({ length: draw.int(2, 5) }, () =>
      draw.pick(['good step', 'fine step', 'fine step', 'bad step']),
    )
    const firstError = steps.indexOf('bad step')
    const correct = firstError < 0
    // One wrong solution in five comes without its first error, as outcome labels do.
    return {
      problem: `sum ${i}`,
      steps,
      correct,
      firstError: correct ? null : draw.next() < 0.2 ? 'unknown' : firstError,
    }
  })
}

const backbone = { config, tensors, tokenizer }

it.each([
  { kind: crm(), surprisalModel: undefined, epochs: 10 },
  { kind: crm({ outcomeTerm: 'from-error' }), surprisalModel: backbone, epochs: 10 },
  { kind: maskedPrm(), surprisalModel: undefined, epochs: 10 },
  { kind: prm(), surprisalModel: backbone, epochs: 10 },
  { kind: pqm(), surprisalModel: undefined, epochs: 10 },
  { kind: orm(), surprisalModel: undefined, epochs: 15 },
  { kind: iprm({ beta: 0.5 }), surprisalModel: undefined, epochs: 15 },
])(
  '$kind.name learns, and its checkpoint scores as it did in training',
  async ({ kind, surprisalModel, epochs }) => {
    const validation = labelled(120, 'validation')
    const name = `${kind.name} ${surprisalModel ? 'with surprisal' : 'alone'}`
    const result = await trainReward(
      {
        kind,
        backbone,
        surprisalModel,
        train: labelled(400, 'train'),
        validation,
        seed: 1,
        epochs,
        peak: 2e-2,
        batchTokens: 1024,
        threads: 1,
        patience: 20,
      },
      { directory: join(scratch, `run ${name}`) },
    )
    const kept = result.history.find(({ step }) => step === result.step)!.metrics
    expect(kept.loss).toBe(Math.min(...result.history.map(({ metrics }) => metrics.loss)))
    expect(kept.loss).toBeLessThan(result.baselines!.blind)
    expect(kept.auc).toBeGreaterThan(0.98)
    if (kind.firstError && kind.name !== 'iprm') expect(kept.firstError).toBeGreaterThan(0.95)

    const directory = join(scratch, name)
    const beside = kind.readOut === 'head' ? surprisalModel : backbone
    writeReward(directory, { ...result, kind, tokenizer, beside })
    expect(result.tensors.has('surprisal.weight')).toBe(surprisalModel !== undefined)
    expect(readReward(directory).kind).toMatchObject({ name: kind.name, options: kind.options })
    const scorer = embeddedScorer(directory, { threads: 2 })
    const { metrics } = evaluateReward(kind, await scorer.logits(validation), validation)
    await scorer.close()
    // the file holds float16
    for (const [metric, value] of Object.entries(metrics)) expect(value).toBeCloseTo(kept[metric], 2)
  },
)

it('what a frozen model has read is shared by trainings; what another one has read is not taken for it', async () => {
  const readings = join(scratch, 'readings')
  const train = async (surprisalModel: typeof backbone, shared?: string) => {
    const directory = scratchFolder()
    const data = { train: labelled(40, 'train'), validation: labelled(20, 'validation'), readings: shared }
    const schedule = { seed: 1, epochs: 1, peak: 2e-2, batchTokens: 256, threads: 1 }
    const { parameters } = await trainReward(
      { kind: prm(), backbone, surprisalModel, ...data, ...schedule },
      { directory },
    )
    return parameters
  }
  const other = { ...backbone, tensors: randomTensors(tensorShapes(config), 'other', 0.1) }
  const [alone, byOther] = [await train(backbone), await train(other)]
  expect(byOther).not.toEqual(alone)
  expect(await train(backbone, readings)).toEqual(alone)
  const written = () => readdirSync(readings).map((file) => statSync(join(readings, file)).mtimeMs)
  const before = written()
  expect(await train(backbone, readings)).toEqual(alone)
  expect(written()).toEqual(before)
  expect(await train(other, readings)).toEqual(byOther)
})
