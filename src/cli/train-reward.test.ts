import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { fixtures, labelledSolutions } from '../reward/training/tuning.fixture.ts'
import { startingState, storeState } from '../tensor/training-state.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
for (const [name, count] of [
  ['train', 60],
  ['val', 20],
] as const) {
  const rows = labelledSolutions(count, name).map(({ problem, firstError, ...row }, i) => ({
    id: `${name} ${i}`,
    problem: `${name}: ${problem}`,
    ...row,
    first_error: firstError,
  }))
  writeFileSync(join(folder, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
const train = (...more: string[]) =>
  assay(
    `train crm --train train.jsonl --validation val.jsonl --epochs 1 --batch-tokens 512 --threads 1`
      .split(' ')
      .concat(more),
  )

const backbone = join(fixtures, 'llama3-untied-bf16')

/** Writes rows of one of the files as another file; returns its name. */
function derived(name: string, from: 'train' | 'val', change: (rows: string[]) => string[]): string {
  const rows = readFileSync(join(folder, `${from}.jsonl`), 'utf8')
    .trim()
    .split('\n')
  writeFileSync(join(folder, name), `${change(rows).join('\n')}\n`)
  return name
}

test("a head on somebody else's model: trained, served by the command that is printed, scored", async () => {
  const { out, err, code } = await train('--backbone', backbone, '--tune', 'head', '--out', 'mine')
  expect({ err, code }).toEqual({ err: '', code: 0 })
  const [id] = JSON.parse(readFileSync(join(backbone, 'reference.json'), 'utf8')).chat.ids.slice(-1)
  const pooler = `{"task":"token_classify","pooling_type":"STEP","step_tag_id":${id}}`
  expect(out).toContain(`\nServe it:\nvllm serve mine --runner pooling --pooler-config '${pooler}'\n`)

  const scored = await assay(['score', 'val.jsonl', '--reward', 'mine', '--threads', '1'])
  expect(scored.out.trim().split('\n')).toHaveLength(20)
}, 60_000)

test('what does not go together says so', async () => {
  const forged = await train('--backbone', backbone, '--separator', '\\n\\n', '--out', 'no')
  expect(forged).toMatchObject({ code: 2, out: '' })
  expect(forged.err).toMatch(/the separator of steps "\\n\\n" is part of the chat template/)
  const ours = await train('--separator', '<extra_0>', '--out', 'no')
  expect(ours.err).toMatch(/--separator: this backbone has a token of ours/)
  const unknown = await train('--tune', 'some', '--out', 'no')
  expect(unknown.err).toMatch(/Must be all, lora or head/)
}, 60_000)

test.each([
  [['--lora-rank', '4'], '--lora-rank and --lora-alpha are for low-rank additions', 'Add --tune lora.'],
  [['--tune', 'head', '--lora-alpha', '4'], 'are for low-rank additions', 'Add --tune lora.'],
  [['--surprisal', 'x', '--no-surprisal'], '--surprisal and --no-surprisal contradict', 'Leave one of them'],
  [['--no-surprisal', '--surprisal=x'], '--surprisal and --no-surprisal contradict', 'Leave one of them'],
  [['--validation', './train.jsonl'], '--train and --validation are the same file', 'Validate on other'],
])('%j is refused', async (args, what, fix) => {
  const { out, err, code } = await train('--out', 'refused', ...args)
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain(what)
  expect(err).toContain(fix)
  expect(existsSync(join(folder, 'refused'))).toBe(false)
})

test('problems that are in both files are told of', async () => {
  const both = derived('both.jsonl', 'val', (rows) => {
    const [learned] = readFileSync(join(folder, 'train.jsonl'), 'utf8').split('\n')
    return [learned, learned, ...rows]
  })
  const args = ['--validation', both, '--backbone', backbone, '--tune', 'head', '--out', 'both']
  const { err, code } = await train(...args)
  expect(code).toBe(0)
  expect(err).toBe(
    'train.jsonl also holds 1 of the 21 problems in both.jsonl: on those the model looks better than it is.\n',
  )
}, 60_000)

test('another seed in the same folder: says which setting differs, in a line', async () => {
  const args = ['--backbone', backbone, '--tune', 'head', '--out', 'seeds']
  expect((await train(...args)).code).toBe(0)
  const { err, code } = await train(...args, '--seed', '8')
  expect({ err, code }).toEqual({
    err:
      'error: seeds/training/training-state.safetensors: holds a training run with other settings: seed is 1 there, not 8\n' +
      '  Delete the folder to start anew, or use another one.\n',
    code: 2,
  })
}, 60_000)

test('a metric without a meaning is -, not NaN', async () => {
  const right = derived('right.jsonl', 'val', (rows) => rows.filter((row) => JSON.parse(row).correct))
  const args = ['--validation', right, '--backbone', backbone, '--tune', 'head', '--out', 'right']
  const { out, err, code } = await train(...args)
  expect({ err, code }).toEqual({ err: '', code: 0 })
  expect(out).not.toContain('NaN')
  expect(out).toMatch(/^ *\d+ +[\d.]+ +- /m)
  expect(out).toMatch(/after that: auc -, /)
}, 60_000)

test('a training that diverges says so and fails', async () => {
  const args = ['--backbone', backbone, '--no-surprisal', '--epochs', '4']
  const wild = await train(...args, '--peak', '20', '--out', 'wild', '--json')
  expect(wild.code).toBe(1)
  expect(wild.err).toMatch(
    /^error: wild: training diverged: its loss on validation rose to \S+, and even the best, \S+, is no better than the \S+ of a model that reads nothing\n {2}Lower --peak \(it was 20\), with another --out\.\n$/,
  )
  const { history, step, baselines, calibration } = JSON.parse(wild.out)
  const kept = history.find((row: { step: number }) => row.step === step)
  expect(kept.metrics.loss).toBeGreaterThanOrEqual(baselines.blind)
  if (calibration !== null) expect(calibration.scale).toBeGreaterThan(0)

  const wilder = await train(...args, '--peak', '1e10', '--out', 'wilder')
  expect(wilder).toMatchObject({ code: 2, out: '' })
  expect(wilder.err).toContain('wilder/training: training diverged: ')
  expect(wilder.err).toContain('Lower --peak, the highest learning rate (it was 10000000000)')
  expect(existsSync(join(folder, 'wilder', 'model.safetensors'))).toBe(false)
}, 60_000)

test('one that has hardly begun says that', async () => {
  const args = ['--backbone', backbone, '--tune', 'head', '--peak', '1e-6', '--out', 'begun']
  const { out, err, code } = await train(...args)
  expect({ err, code }).toEqual({ err: '', code: 0 })
  expect(out).toMatch(/No better yet than a model that reads nothing, whose loss is [\d.]+: train longer/)
}, 60_000)

test('other labels of the same texts are not taken for the run that is there', async () => {
  const args = ['--backbone', backbone, '--tune', 'head', '--out', 'again']
  const first = await train(...args, '--json')
  expect(first.code).toBe(0)
  const again = await train(...args, '--json')
  expect(JSON.parse(again.out).step).toBe(JSON.parse(first.out).step)

  const relabelled = derived('relabelled.jsonl', 'train', (rows) =>
    rows.map((line) => JSON.stringify({ ...JSON.parse(line), correct: true })),
  )
  const other = await train(...args, '--train', relabelled)
  expect([other.code, other.err]).toEqual([
    2,
    expect.stringMatching(/other settings: train is "\w+" there, not "\w+"/),
  ])
}, 60_000)

/** Where a policy was trained: its run, and what came of it. */
function policyRun(name: string): string {
  const training = join(folder, name, 'training')
  mkdirSync(training, { recursive: true })
  writeFileSync(join(folder, name, 'config.json'), '{}')
  const fingerprint = JSON.stringify({ tasks: ['arithmetic'], seed: 1 })
  storeState(
    join(training, 'training-state.safetensors'),
    startingState(Float32Array.of(1)),
    { fingerprint, place: '{}' },
    {},
  )
  return name
}

test('a folder with a model or a run of another kind is left as it is', async () => {
  cpSync(backbone, join(folder, 'downloaded'), { recursive: true })
  const before = readdirSync(join(folder, 'downloaded'))
  const model = 'downloaded: holds a model, which would be overwritten, and no training run to go on with'
  const judges = ['--train', 'train.jsonl', '--validation', 'val.jsonl']
  for (const args of [
    ['policy'],
    ['backbone'],
    ['crm', ...judges],
    ['judge-base', ...judges],
    ['direct-judge', ...judges],
  ]) {
    const { out, err, code } = await assay(['train', ...args, '--out', 'downloaded'])
    expect({ out, code }).toEqual({ out: '', code: 2 })
    expect(err).toContain(`${model}\n  Name another folder with --out.`)
  }
  expect(readdirSync(join(folder, 'downloaded'))).toEqual(before)

  const { err, code } = await train('--backbone', backbone, '--tune', 'head', '--out', policyRun('mypol'))
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('mypol: holds a training run of another kind of model'),
  ])
  expect(readdirSync(join(folder, 'mypol', 'training'))).toEqual(['training-state.safetensors'])
}, 60_000)

test('an option that training has not points to the help that says which it has', async () => {
  const { err, code } = await assay(['train', 'crm', '--hot'])
  expect(code).toBe(2)
  expect(err).toContain('(assay train crm --help shows its options and examples)')
})
