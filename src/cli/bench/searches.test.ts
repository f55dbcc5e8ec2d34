import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { type TinyModels, writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { assayIn } from '../run.fixture.ts'

const folder = scratchFolder()
let models: TinyModels
beforeAll(() => {
  models = writeTinyModels(folder)
})

const assay = assayIn(folder)
const bench = (name: string, ...args: (string | number)[]) =>
  ['bench', name, '--policy', models.policy, '--reward', models.reward, '--threads', 1, ...args].map(String)

test('beam: every width of every task and split, and best of N with at least its tokens', async () => {
  const args = bench('beam', '--problems', 9, '--widths', '4/2,4/1,4/2', '--seeds', 2).concat([
    ...['--splits', 'test,harder', '--resamples', '20', '--out', 'beam'],
  ])
  const { out, err, code } = await assay([...args, '--json'])
  expect([err, code]).toEqual(['', 0])
  const { sets, plan } = JSON.parse(out)
  expect(plan).toMatchObject({ problems: 9, seeds: [1, 2] })
  expect(sets).toHaveLength(8)
  for (const { points } of sets) {
    expect(points.map(({ n, beams }: { n: number; beams: number }) => `${n}/${beams}`)).toEqual([
      '4/2',
      '4/1',
    ])
    for (const { tokens, bestTokens, scored, samples, minusFirst } of points) {
      expect(bestTokens).toBeGreaterThanOrEqual(tokens)
      expect(Math.min(tokens, scored, samples)).toBeGreaterThan(0)
      expect(minusFirst).toBeNull()
    }
  }
  // everything is there already: the same again, as a table
  const again = await assay(args)
  expect(again.out).toContain('all tasks, harder: 9 problems; right, %')
  expect(readFileSync(join(folder, 'beam', 'all-test.svg'), 'utf8')).toMatch(/^<svg/)
  const diverse = await assay([...args, '--diverse', '--json'])
  const tokens = ({ points }: { points: { tokens: number }[] }) => points.map((point) => point.tokens)
  expect(JSON.parse(diverse.out)).toMatchObject({ diverse: true })
  expect(tokens(JSON.parse(diverse.out).sets[0])).not.toEqual(tokens(sets[0]))
})

test.each(['5/2', '4', '0/1'])('a width of %s is refused', async (width) => {
  const { code, err } = await assay(bench('beam', '--widths', width))
  expect([code, err]).toEqual([2, expect.stringContaining('N a multiple of the beams')])
})

test('pruned: the same winners for less', async () => {
  const args = bench('pruned', '--problems', 6, '--counts', '8,2', '--resamples', 20, '--out', 'pruned')
  const { out, err, code } = await assay([...args, '--json'])
  expect([err, code]).toEqual(['', 0])
  const { sets } = JSON.parse(out)
  expect(sets).toHaveLength(8)
  for (const { points } of sets) {
    expect(points.map(({ n }: { n: number }) => n)).toEqual([2, 8])
    for (const { same, full, pruned, tokens } of points) {
      expect([same, pruned]).toEqual([1, full])
      expect(tokens.mean).toBeLessThanOrEqual(1)
    }
  }
  expect((await assay(args)).out).toContain('all tasks, harder: 6 problems')
})

test.each([
  ['pruned', ['--reward', 'a,b'], '--reward a,b: this bench is about one reward'],
  ['confidence', ['--reward', 'all'], '--reward all: this bench is about one reward'],
  ['beam', ['--problems', '2'], '--problems: 2 cannot be shared out over 3 tasks'],
  ['transfer', ['--problems', '2'], '--problems: 2 cannot be shared out over 3 tasks'],
  ['strength', ['--policy', 'nowhere'], 'nowhere: no such directory'],
  ['strength', ['--backbone', 'reward'], 'reward: is a reward model, and no language model'],
  ['best-of-n', ['--reward', 'orm', '--backbone', 'nowhere'], 'nowhere: no such directory'],
])('%s %j is refused before anything is made', async (name, args, message) => {
  const { code, err } = await assay([
    'bench',
    name,
    ...args,
    '--threads',
    '1',
    '--lab',
    'none',
    '--out',
    'none',
  ])
  expect([code, err]).toEqual([2, expect.stringContaining(message)])
  expect(existsSync(join(folder, 'none', 'samples'))).toBe(false)
})

test('cross-sample: every task and split, calibrated on validation', async () => {
  const args = bench('cross-sample', '--problems', 30, '--samples', 3, '--seeds', 2).concat([
    ...['--resamples', '20', '--out', 'cross'],
  ])
  const { out, err, code } = await assay([...args, '--json'])
  expect([err, code]).toEqual(['', 0])
  const { sets } = JSON.parse(out)
  expect(sets).toHaveLength(8)
  const [crm] = sets[3].rewards
  expect([sets[3].task, sets[3].problems, crm.reward]).toEqual(['all', 30, 'crm'])
  expect(crm.samples).toBeLessThanOrEqual(180)
  expect(crm.raw.ece.low).toBeLessThanOrEqual(crm.raw.ece.mean)
  expect(crm.temperature.calibrations).toMatchObject([{ shift: 0 }, { shift: 0 }])
  expect((await assay(args)).out).toContain('all tasks, harder: 30 problems')
})

test('confidence: promises are fitted on validation, and solve holds to them or says why not', async () => {
  const args = bench('confidence', '--problems', 150, '--n', 4, '--errors', '0.5,0.01', '--out', 'sure')
  const { out, err, code } = await assay([...args, '--json'])
  expect([err, code]).toEqual(['', 0])
  const { promises } = JSON.parse(out)
  expect(Object.keys(promises[0].measured)).toEqual(['validation', 'test', 'harder'])
  // variants of one problem count once, half of them to fit on
  const { problems } = promises[0].measured.validation
  expect(problems).toBeGreaterThan(100)
  expect(problems).toBeLessThanOrEqual(150)
  // the tiny policy knows nothing
  expect(promises[1]).toMatchObject({ threshold: null, measured: { test: { wrong: null } } })

  const file = join(folder, 'sure', 'calibration.json')
  const calibration = JSON.parse(readFileSync(file, 'utf8'))
  expect(Math.abs(calibration.outcomes.length - problems)).toBeLessThanOrEqual(3)
  expect(await assay([...args, '--splits', 'validation,test'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('thresholds are fitted on validation'),
  })
  const solve = (confidence: number, n = 4) =>
    assay(
      ['solve', 'Compute 1 + 1.', '--policy', models.policy, '--reward', models.reward, '--n', n]
        .concat(['--threads', 1, '--min-confidence', confidence, '--calibration', file])
        .map(String),
    )
  const never = await solve(0.99)
  expect([never.code, never.err]).toEqual([2, expect.stringContaining('cannot be promised')])
  const otherN = await solve(0.01, 8)
  expect([otherN.code, otherN.err]).toEqual([2, expect.stringContaining('was made for n = 4, not 8')])

  // as if all answers had been right, at some confidence
  const solveWith = (confidence: number) => {
    writeFileSync(file, JSON.stringify({ ...calibration, outcomes: Array(200).fill([confidence, 1]) }))
    return solve(0.9)
  }
  const sure = await solveWith(0)
  expect([sure.code, sure.out]).toEqual([
    0,
    expect.stringContaining('Sure enough: of all answers that reach P(correct)'),
  ])
  const unsure = await solveWith(1)
  expect([unsure.code, unsure.out]).toEqual([
    1,
    expect.stringContaining('Not sure: that 90% of the answers are right'),
  ])
})

test('labels: trains its arms, and measures each seed with its own', async () => {
  const args = ['bench', 'labels', '--policy', models.policy, '--backbone', models.policy, '--threads', '1']
    .concat(['--training-problems', '60', '--rollouts', '1', '--counts', '1,2', '--problems', '3'])
    .concat(['--seeds', '1', '--resamples', '5', '--out', 'labels'])
  const { out, err, code } = await assay([...args, '--json'])
  expect([err, code]).toEqual(['', 0])
  const { sets, settings, plan } = JSON.parse(out)
  expect(plan).toMatchObject({ splits: ['test'], seeds: [1] })
  expect(settings.tuned.crm.tried.length).toBeGreaterThanOrEqual(4)
  const [set] = sets
  expect(Object.keys(set.quality).slice(0, 4)).toEqual(['known 100%', 'known 50%', 'known 10%', 'known 0%'])
  const versus = (arm: string) => Object.keys(set.accuracy.methods[arm].points[0].versus)
  expect(versus('known 10% from-error')).toEqual(['pass@1', 'majority', 'known 10%'])
  await assay(['report', 'labels', '--out', 'labels.html'])
  const page = readFileSync(join(folder, 'labels.html'), 'utf8')
  for (const part of ['What labels know', 'Tuned on validation', 'minus known 100%'])
    expect(page).toContain(part)
}, 120_000)

test.each([
  ['labels', ['--reward', 'crm'], "unknown option '--reward'"],
  ['strength', ['--dialect', 'x'], "unknown option '--dialect'"],
  ['transfer', ['--generator', 'http://127.0.0.1:9'], 'samples of a checkpoint, not of a server'],
])('%s trains what it compares: %j is refused', async (name, args, message) => {
  const { code, err } = await assay(['bench', name, ...args])
  expect([code, err]).toEqual([2, expect.stringContaining(message)])
})

test('a lab that another bench is at work in is left alone', async () => {
  mkdirSync(join(folder, 'busy'))
  writeFileSync(join(folder, 'busy', 'lock'), `${process.pid}`)
  const { code, err } = await assay(bench('pruned', '--lab', 'busy', '--out', 'busy'))
  expect([code, err]).toEqual([2, expect.stringContaining(`busy: process ${process.pid} is at work here`)])
})

test('rl: the verifiable reward alone needs no lab; the page shows what came of it', async () => {
  const args = ['--arms', 'vr', '--task', 'arithmetic', '--seeds', '1', '--steps', '6', '--tuning-steps', '1']
  const rl = [
    'bench',
    'rl',
    '--policy',
    models.policy,
    '--problems',
    '4',
    '--threads',
    '1',
    '--out',
    'rl',
    ...args,
  ]
  const { out, err, code } = await assay([...rl, '--json'])
  expect([err, code]).toEqual(['', 0])
  const { sets, choices } = JSON.parse(out)
  expect(choices.vr.tried).toHaveLength(4)
  expect(sets[0].arms[0]).toMatchObject({ arm: 'vr', seeds: [{ seed: 1 }] })
  expect((await assay(rl)).out).toContain('gamed from step')
  expect(readFileSync(join(folder, 'rl', 'arithmetic-kl-gold.svg'), 'utf8')).toMatch(/^<svg/)
  await assay(['report', 'rl', '--out', 'rl.html'])
  expect(readFileSync(join(folder, 'rl.html'), 'utf8')).toContain('Over-optimisation')
  const unknown = await assay(['bench', 'rl', '--arms', 'best'])
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('no reward is called best')])
}, 120_000)
