import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { sizeOf } from '../tensor/trainer.ts'
import { trainTokenizer } from '../transformer/bpe.ts'
import { readCheckpoint, tensorShapes } from '../transformer/checkpoint.ts'
import type { TransformerConfig } from '../transformer/config.ts'
import { Tokenizer } from '../transformer/tokenizer.ts'
import type { Labelled } from './batches.ts'
import { writeReward } from './checkpoint.ts'
import { crmObjective } from './crm.ts'
import { auc } from './metrics.ts'
import { embeddedScorer } from './scorer.ts'
import { logSurvival, predictedFirstError } from './survival.ts'
import { trainReward } from './training.ts'

const scratch = mkdtempSync(join(tmpdir(), 'assay-reward-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const tokenizer = new Tokenizer(
  trainTokenizer(['sum of parts', 'good step', 'bad step', 'fine step'], { vocabSize: 280 }),
)
const config: TransformerConfig = {
  architecture: 'Qwen2ForCausalLM',
  vocabSize: tokenizer.vocabSize,
  hiddenSize: 16,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headSize: 8,
  intermediateSize: 16,
  ropeTheta: 100,
  rmsNormEps: 1e-6,
  contextLength: 256,
  tieWordEmbeddings: true,
  qkvBias: true,
}
const stream = random('backbone')
const tensors = new Map(
  [...tensorShapes(config)].map(([name, shape]) => [
    name,
    {
      shape,
      data: Float32Array.from(
        { length: sizeOf(shape) },
        () => (name.includes('norm') ? 1 : 0) + 0.1 * stream.normal(),
      ),
    },
  ]),
)

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

it.each(['alone', 'with surprisal'])(
  'CRM %s learns to point at the first wrong step, and its checkpoint scores as it did in training',
  async (how) => {
    const backbone = { config, tensors, tokenizer }
    const surprisalModel = how === 'alone' ? undefined : backbone
    const validation = labelled(120, 'validation')
    const result = await trainReward(
      {
        backbone,
        surprisalModel,
        objective: crmObjective(),
        name: 'crm all',
        train: labelled(400, 'train'),
        validation,
        seed: 1,
        epochs: 10,
        peak: 2e-2,
        batchTokens: 1024,
        threads: 1,
        patience: 20,
      },
      { directory: join(scratch, `run ${how}`) },
    )
    const kept = result.history.find(({ step }) => step === result.step)!.metrics
    expect(kept.loss).toBe(Math.min(...result.history.map(({ metrics }) => metrics.loss)))
    expect(kept.auc).toBeGreaterThan(0.98)
    expect(kept.firstError).toBeGreaterThan(0.95)

    const directory = join(scratch, how)
    const assay = { kind: 'crm', format: 1 as const }
    writeReward(directory, {
      config: result.config,
      tensors: result.tensors,
      tokenizer,
      surprisalModel,
      assay,
    })
    expect(result.tensors.has('surprisal.weight')).toBe(how !== 'alone')
    expect(readCheckpoint(directory).assay?.kind).toBe('crm')
    const scorer = embeddedScorer(directory, { threads: 2 })
    const logits = await scorer.logits(validation)
    const scores = logits.map(logSurvival)
    expect(
      auc(
        scores,
        validation.map(({ correct }) => correct),
      ),
    ).toBeCloseTo(kept.auc, 6)
    const hazards = await scorer.score(validation)
    const located = validation.flatMap(({ firstError }, i) => (firstError === 'unknown' ? [] : [i]))
    const hits = located.filter((i) => predictedFirstError(hazards[i]) === validation[i].firstError)
    expect(hits.length / located.length).toBeCloseTo(kept.firstError, 6)
    await scorer.close()
  },
)
