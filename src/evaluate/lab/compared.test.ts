import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { guessingGenerator } from '../../data/generator.fixture.ts'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { random, seedOf } from '../../reasoning/random.ts'
import { crm } from '../../reward/kinds/crm.ts'
import { tasks, verifierFor } from '../../tasks/index.ts'
import { reportBestOfN } from '../best-of-n-report.ts'
import { type ComparedReward, poolReader, readScored } from './compared.ts'
import { type Plan, planned } from './plan.ts'
import { kindReward, type Reward } from './pools.ts'
import { needSamples, needTokens, samplePools, samplesWithin } from './sample-pools.ts'
import { scorePools } from './score-pools.ts'

const folder = scratchFolder()

const plan: Plan = {
  tasks: tasks.map(({ name }) => name),
  splits: ['test', 'harder'],
  problems: 20,
  seeds: [1, 2],
}
const n = 8
const problems = plan.splits.flatMap((split) => plan.tasks.flatMap((task) => planned(plan, task, split)))
const ids = problems.map(({ id }) => id)
const idOf = new Map(problems.map(({ id, problem }) => [problem, id]))

/** Knows the truth of each step but for some noise. */
const knowing = kindReward('crm', crm(), async (solutions) =>
  solutions.map(({ problem, steps }) => {
    const id = idOf.get(problem) as string
    const { firstError } = verifierFor().verify({ id, problem, steps })
    const noise = random('noise', problem, ...steps)
    return steps.map((_, t) => (t === firstError ? 3 : -4) + noise.normal())
  }),
)
const constant: Reward = {
  names: ['constant', 'silent'],
  read: async (solutions) => solutions.map(() => [{ score: -1, firstError: null }, { score: -2 }]),
}

interface Run {
  plan?: Plan
  count?: number
  rewards?: Record<string, Reward>
  signal?: AbortSignal
  onSamples?: (done: number, total: number) => void
}

/** Samples and scores; returns what the generator was asked. */
async function run(directory: string, { plan: of = plan, count = n, signal, ...more }: Run = {}) {
  const generator = guessingGenerator(ids, 0.4)
  await samplePools(of, {
    directory,
    generator,
    verifier: verifierFor(),
    need: needSamples(count),
    chunk: 24,
    signal,
    report: more.onSamples ?? (() => {}),
  })
  for (const [name, reward] of Object.entries(more.rewards ?? { knowing, constant }))
    await scorePools(of, {
      directory,
      folder: `scores/${name}`,
      reward,
      upTo: () => count,
      chunk: 24,
      signal,
      report: () => {},
    })
  return generator.requests
}

const compared = (name: string, { names }: Reward, seed: number | null = null): ComparedReward => {
  return { name, names, seed, folder: `scores/${name}` }
}
const rewards = [compared('knowing', knowing), compared('constant', constant)]

const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
const bytesOf = (directory: string) =>
  filesIn(directory).map((file) => [file.slice(directory.length), readFileSync(file, 'utf8')])

const whole = join(folder, 'whole')
const asked = await run(whole)

test('problems are shared out over the tasks, and every pool is there', async () => {
  expect(plan.tasks.map((task) => planned(plan, task, 'test').length)).toEqual([7, 7, 6])
  expect(filesIn(whole)).toHaveLength(3 * 12)
  const bySeed = await poolReader(plan, whole, rewards, n)('arithmetic', 'test')
  for (const pools of bySeed) expect(pools.map(({ id }) => id)).toEqual(ids.slice(0, 7))
  for (const { answer, correct, first_error, rewards } of bySeed.flat()) {
    for (const list of [answer, correct, first_error, rewards.crm.score, rewards.crm.first_error])
      expect(list).toHaveLength(n)
    for (const [i, each] of answer.entries()) {
      // cut short, so never right and never scored, though its text says `Answer: 1`
      if (each === null) expect([correct[i], rewards.crm.score[i]]).toEqual([0, null])
      else expect(rewards.crm.score[i]).toBeLessThan(0)
      if (each !== null) expect(first_error[i] === null).toBe(correct[i] === 1)
    }
  }
  const [[first], [again]] = bySeed
  expect(first.answer).not.toEqual(again.answer)
})

/** Counts what it is asked. */
function counting() {
  const seen: string[] = []
  const reward: Reward = {
    names: ['counting'],
    async read(solutions) {
      seen.push(...solutions.map(({ problem, steps }) => JSON.stringify([problem, steps])))
      return solutions.map(({ steps }) => [{ score: -seedOf(...steps) / 2 ** 32, firstError: null }])
    },
  }
  return { seen, reward }
}

const small: Plan = { ...plan, tasks: ['arithmetic'], splits: ['test'], problems: 3, seeds: [1] }

test('only distinct solutions with an answer are scored, once each', async () => {
  const { seen, reward } = counting()
  await run(join(folder, 'counting'), { plan: small, count: 30, rewards: { counting: reward } })
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.length).toBeGreaterThan(3)
  expect(seen.length).toBeLessThan(60)
})

test('more samples go behind those that are there: the same as if all had been asked for at once', async () => {
  const [grown, once] = [join(folder, 'grown'), join(folder, 'once')]
  const { seen, reward } = counting()
  const options = { plan: small, rewards: { counting: reward } }
  const requests = [
    ...(await run(grown, { ...options, count: 5 })),
    ...(await run(grown, { ...options, count: 30 })),
    // fewer are there already
    ...(await run(grown, { ...options, count: 12 })),
  ]
  const drawn = requests.flat().flatMap(({ problem, seeds }) => seeds.map((seed) => `${problem} ${seed}`))
  expect([drawn.length, new Set(drawn).size]).toEqual([90, 90])
  expect(new Set(seen).size).toBe(seen.length)
  await run(once, { ...options, count: 30 })
  const read = (directory: string, count: number) =>
    poolReader(small, directory, [compared('counting', reward)], count)('arithmetic', 'test')
  for (const count of [3, 12, 30]) expect(await read(grown, count)).toEqual(await read(once, count))
})

test('as many samples as it takes for so many tokens', async () => {
  const directory = join(folder, 'tokens')
  const generator = guessingGenerator(ids, 0.4)
  const most = (id: string) => (id.endsWith('/0') ? 0 : id.endsWith('/1') ? 12 : 203)
  await samplePools(small, {
    directory,
    generator,
    verifier: verifierFor(),
    need: needTokens(most),
    chunk: 100,
    report: () => {},
  })
  const scored = await readScored(small, directory, [], { task: 'arithmetic', split: 'test', seed: 1 }).catch(
    (error) => error.message,
  )
  // none was drawn for the one that needs none
  expect(scored).toContain('this problem is missing')
  const rows = readFileSync(filesIn(directory)[0], 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ tokens }) => tokens.length)).toEqual([8, 64])
  expect(samplesWithin(rows[0], 12)).toBe(3)
  expect(samplesWithin(rows[1], 203)).toBe(41)
  expect(samplesWithin(rows[1], 1e6)).toBe(64)
})

test('each seed has the reward that was trained with it, under one name', async () => {
  const directory = join(folder, 'seeds')
  await run(directory, { rewards: {} })
  const said = (score: number): Reward => {
    return { names: ['same'], read: async (solutions) => solutions.map(() => [{ score }]) }
  }
  const trained = [1, 2].map((seed) => ({
    ...compared('same', said(-seed), seed),
    folder: `scores/s${seed}`,
  }))
  for (const { folder, seed } of trained)
    await scorePools(
      { ...plan, seeds: [seed as number] },
      { directory, folder, reward: said(-(seed as number)), upTo: () => n, chunk: 24, report: () => {} },
    )
  const bySeed = await poolReader(plan, directory, trained, n)('arithmetic', 'test')
  const scores = bySeed.map((pools) => pools.flatMap(({ rewards }) => rewards.same.score))
  expect(scores.map((each) => [...new Set(each.filter((score) => score !== null))])).toEqual([[-1], [-2]])
  const missing = poolReader(plan, directory, [{ ...trained[0], seed: null }], n)
  await expect(missing('arithmetic', 'test')).rejects.toThrow('has no scores of this problem')
})

test.each([0, 1, 2, 3])('cut off anywhere, it ends with the same bytes (%i)', async (cut) => {
  const directory = join(folder, `cut ${cut}`)
  const stop = new AbortController()
  const onSamples = (done: number) => done > 8 * cut && stop.abort(new Error('cut'))
  await expect(run(directory, { signal: stop.signal, onSamples })).rejects.toThrow('cut')
  // and the disk lost the end of one file
  const [file, text] = bytesOf(directory)[0]
  truncateSync(join(directory, file), Math.floor((text.length * seedOf(cut)) / 2 ** 32))
  const counted: number[][] = []
  const again = await run(directory, { onSamples: (...counts) => counted.push(counts) })
  expect(bytesOf(directory)).toEqual(bytesOf(whole))
  expect(counted.at(-1)).toEqual([20 * 2 * 2, 20 * 2 * 2])
  expect(again.length).toBeLessThanOrEqual(asked.length)
})

test('what two runs put there twice counts once; what is there is not made again', async () => {
  const directory = join(folder, 'twice')
  await run(directory)
  const read = () => poolReader(plan, directory, rewards, n)('arithmetic', 'test')
  const before = await read()
  for (const file of filesIn(directory)) appendFileSync(file, readFileSync(file))
  expect(await run(directory)).toEqual([])
  expect(await read()).toEqual(before)
})

test('a problem that has changed since is refused', async () => {
  const directory = join(folder, 'changed')
  await run(directory, { plan: small })
  const [file] = filesIn(join(directory, 'samples'))
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"problem":"[^"]*"/, '"problem":"Another?"'))
  await expect(run(directory, { plan: small })).rejects.toThrow('another text')
})

test('the report has every task and split, and all tasks together; a knowing reward is found good', async () => {
  const sets = await reportBestOfN(plan, poolReader(plan, whole, rewards, n), {
    counts: [1, 2, 4, 8],
    seed: 1,
    resamples: 200,
  })
  expect(sets.map(({ task, split }) => `${task} ${split}`)).toEqual(
    plan.splits.flatMap((split) => [...plan.tasks, 'all'].map((task) => `${task} ${split}`)),
  )
  const { samples, accuracy, quality } = sets[3]
  expect(accuracy.problems).toBe(20)
  expect(samples).toMatchObject({ total: 20 * 2 * n, tokens: 5 })
  expect(samples.withoutAnswer).toBeGreaterThan(0.1)
  const { crm, constant, 'pass@N': oracle } = accuracy.methods
  expect(crm.points[3].mean).toBeGreaterThan(0.9 * oracle.points[3].mean)
  expect(crm.points[3].versus['pass@1'].low).toBeGreaterThan(0.2)
  // a reward that says the same of everything picks among the samples with an answer
  expect(constant.points[3].mean).toBeLessThan(0.6)
  expect(quality.crm.firstError?.overall?.mean).toBeGreaterThan(0.8)
  expect(quality.crm.firstError?.unnoticed?.mean).toBeLessThan(0.2)
  expect(quality.crm.auc).toBeGreaterThan(0.95)
  expect(quality.crm.brier?.high).toBeLessThan(0.15)
  expect(quality.constant).toMatchObject({
    auc: 0.5,
    firstError: { onCorrect: { mean: 1 }, onWrong: { mean: 0 }, unnoticed: { mean: 1 } },
  })
  expect(quality.silent).toMatchObject({ auc: 0.5, firstError: null })
  expect(quality.crm.scored).toBe(Math.round(samples.total * (1 - samples.withoutAnswer)))
})
