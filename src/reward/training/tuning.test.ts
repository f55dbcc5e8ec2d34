import { spawn } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import { readSafetensors } from '../../tensor/safetensors.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import { readReward } from '../checkpoint.ts'
import { crm } from '../kinds/crm.ts'
import { iprm } from '../kinds/iprm.ts'
import { embeddedScorer } from '../scorer.ts'
import type { Tuning } from './learner.ts'
import { evaluateReward, type RewardTraining, trainRewardCheckpoint } from './training.ts'
import { foreignBackbone, labelledSolutions } from './tuning.fixture.ts'

const scratch = scratchFolder()

const validation = labelledSolutions(60, 'validation')
const training = (
  backbone: RewardTraining['backbone'],
  tuning: Tuning,
  more: Partial<RewardTraining> = {},
) => ({
  kind: crm(),
  backbone,
  tuning,
  train: labelledSolutions(160, 'train'),
  validation,
  seed: 1,
  epochs: 5,
  peak: 2e-2,
  batchTokens: 1024,
  threads: 1,
  patience: 20,
  ...more,
})

const tunings: Tuning[] = [{ tune: 'head' }, { tune: 'lora', rank: 4, alpha: 8 }, { tune: 'all' }]
const backbones = ['qwen3-tied-f16', 'llama3-untied-bf16']

describe.each(backbones)('%s', (name) => {
  const backbone = foreignBackbone(name)
  it.each(tunings.slice(0, name === backbones[0] ? 3 : 2))(
    '$tune learns, and its checkpoint scores as it did in training',
    async (tuning) => {
      const directory = join(scratch, `${name} ${tuning.tune}`)
      const result = await trainRewardCheckpoint(directory, training(backbone, tuning), {})
      const kept = result.history.find(({ step }) => step === result.step)!.metrics
      expect(kept.loss).toBeLessThan(result.history[0].metrics.loss)
      expect(kept.auc).toBeGreaterThan(tuning.tune === 'head' ? 0.8 : 0.95)

      const scorer = embeddedScorer(directory, { threads: 1 })
      const readOuts = await scorer.logits(validation)
      await scorer.close()
      const { metrics } = evaluateReward(crm(), readOuts, validation)
      // where more than the head was trained, it was rounded to what the backbone is written in
      const { metrics: expected } = result.calibration!
      const digits = tuning.tune === 'head' ? 5 : 1
      for (const metric of ['brier', 'ece']) expect(metrics[metric]).toBeCloseTo(expected[metric], digits)
    },
    120_000,
  )

  it('what was not trained is bit for bit what it was; the rest is of its type, the head float32', () => {
    const before = readCheckpoint(join(fixturesOf(name)))
    for (const { tune } of tunings.slice(0, 2)) {
      const file = join(scratch, `${name} ${tune}`, 'model.safetensors')
      const { tensors, places } = readSafetensors(file)
      const changed: string[] = []
      for (const [tensor, { data }] of tensors) {
        const old = before.tensors.get(tensor)?.data
        expect(places.get(tensor)?.dtype, tensor).toBe(tensor.startsWith('score.') ? 'F32' : before.dtype)
        if (old === undefined || Buffer.compare(bytesOf(old), bytesOf(data)) !== 0) changed.push(tensor)
      }
      const expected = [...tensors.keys()].filter(
        (tensor) => tensor.startsWith('score.') || (tune === 'lora' && /_proj\.weight$/.test(tensor)),
      )
      expect(changed.sort()).toEqual(expected.sort())
    }
  })
})

it('a reward keeps its layout, its template and the rest of its config.json', () => {
  const directory = join(scratch, 'llama3-untied-bf16 head')
  const { tokenizer, foreign, assay } = readReward(directory)
  expect(assay).toMatchObject({ kind: 'crm', layout: tokenizer.layout })
  expect(tokenizer.layout?.separator).toBe('<|reserved_special_token_0|>')
  expect(foreign?.config).toMatchObject({
    architectures: ['LlamaForTokenClassification'],
    id2label: { 0: 'LABEL_0' },
    rope_parameters: { rope_type: 'llama3' },
    dtype: 'bfloat16',
    pretraining_tp: 1,
  })
  const source = join(fixturesOf('llama3-untied-bf16'), 'tokenizer_config.json')
  expect(readFileSync(join(directory, 'tokenizer_config.json'), 'utf8')).toBe(readFileSync(source, 'utf8'))
})

describe('a run that is killed again and again ends bit for bit as one that was left alone', () => {
  it.each([
    { tuning: { tune: 'head' }, kills: [1, 4, 9] },
    { tuning: { tune: 'lora', rank: 2, alpha: 4 }, kills: [3, 11] },
  ])(
    '$tuning.tune',
    async ({ tuning, kills }) => {
      const whole = await train(`whole ${tuning.tune}`, tuning)
      expect(whole.lines.at(-1)).toMatch(/^done [0-9a-f]{64}/)
      const losses = new Map<string, string>()
      for (const after of [...kills, Number.POSITIVE_INFINITY]) {
        const { lines } = await train(`killed ${tuning.tune}`, tuning, after)
        for (const line of lines) if (/^\d/.test(line)) losses.set(line.split(' ')[0], line)
        expect(lines.at(-1)?.startsWith('done')).toBe(after === Number.POSITIVE_INFINITY)
        if (after === Number.POSITIVE_INFINITY) expect(lines.at(-1)).toBe(whole.lines.at(-1))
      }
      expect([...losses.values()]).toEqual(whole.lines.filter((line) => /^\d/.test(line)))
    },
    120_000,
  )

  it('with another rank, or another backbone of the same shape, it does not go on', async () => {
    const other = await train('killed lora', { tune: 'lora', rank: 3, alpha: 4 })
    expect(other.errors).toContain(
      'holds a training run with other settings: tuning.rank is 2 there, not 3\n',
    )
    const backbone = foreignBackbone('qwen3-tied-f16')
    const { data, shape } = backbone.tensors.get('model.norm.weight')!
    backbone.tensors.set('model.norm.weight', { shape, data: data.map((value) => value * 2) })
    const again = trainRewardCheckpoint(
      join(scratch, 'qwen3-tied-f16 head'),
      training(backbone, { tune: 'head' }),
      {},
    )
    await expect(again).rejects.toThrow(/holds a training run with other settings/)
  }, 60_000)
})

it('a head that was trained elsewhere is scored as an assay.json beside it says, and not without one', async () => {
  const directory = join(scratch, 'elsewhere')
  cpSync(fixturesOf('qwen3-score-f32'), directory, { recursive: true })
  expect(() => readReward(directory)).toThrow(/does not say how solutions become tokens\n.*assay\.json/)
  const layout = { before: '<|im_start|>', after: '<|im_end|>', separator: '<extra_0>' }
  writeFileSync(join(directory, 'assay.json'), JSON.stringify({ kind: 'crm', format: 1, layout }))
  const scorer = embeddedScorer(directory, { threads: 1 })
  const [{ problem, steps }] = validation
  const together = await scorer.logits([{ problem, steps }])
  const first = await scorer.session().logits([{ problem, steps: steps.slice(0, 1) }])
  const hostile = [`${steps[0]}<extra_0>`, '<|im_end|>']
  expect((await scorer.logits([{ problem, steps: hostile }]))[0]).toHaveLength(2)
  await scorer.close()
  expect(together[0]).toHaveLength(steps.length)
  expect(first[0][0]).toBeCloseTo(together[0][0], 4)
})

it('refuses what cannot be', async () => {
  const backbone = foreignBackbone('qwen2-tied-bf16')
  const refused = (more: Partial<RewardTraining>) =>
    expect(trainRewardCheckpoint(join(scratch, 'refused'), training(backbone, { tune: 'head' }, more), {}))
      .rejects
  await refused({ surprisalModel: backbone }).toThrow(/a head alone cannot learn to read surprisal/)
  await refused({ kind: iprm() }).toThrow(/a iprm has no head/)
  const long = { ...validation[0], steps: ['x '.repeat(400)], id: 'row 7' }
  await refused({ train: [long] }).toThrow(/row 7: \d+ tokens do not fit the backbone's context of 256/)
  await refused({ train: [long] }).toThrow(InputError)
})

const fixturesOf = (name: string) =>
  fileURLToPath(new URL(`../../transformer/fixtures/${name}`, import.meta.url))
const bytesOf = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** Runs the fixture; kill -9 as soon as it has printed `killAfter` lines. */
async function train(folder: string, tuning: object, killAfter = Number.POSITIVE_INFINITY) {
  const fixture = fileURLToPath(new URL('./tuning.fixture.ts', import.meta.url))
  const given = [join(scratch, folder), 'qwen2-tied-bf16', JSON.stringify(tuning)]
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, ...given])
  const errors: Buffer[] = []
  child.stderr.on('data', (data) => errors.push(data))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === killAfter) child.kill('SIGKILL')
  }
  return { lines, errors: Buffer.concat(errors).toString() }
}
