import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { trainJudgeBase } from './base.ts'
import { trainDirectJudge } from './direct.ts'
import { embeddedJudge } from './embedded-judge.ts'
import { labelledPairs } from './pairs.ts'
import { labelledSamples } from './samples.fixture.ts'
import { type JudgeRun, judgeDefaults, trainJudge } from './train.ts'

const scratch = scratchFolder()
const { policy } = writeTinyModels(join(scratch, 'models'), { contextLength: 512 })
const samples = labelledSamples(8)
const pairs = labelledPairs(samples, 1)
const schedule = { seed: 1, peak: 3e-3, warmup: 5, batchTokens: 4096, threads: 2 }

/** A base that has seen what a judgment looks like, as far as a model of this size can in a moment. */
const base = join(scratch, 'base')
const first = await trainJudgeBase(
  base,
  {
    backbone: readCheckpoint(policy),
    train: samples,
    validation: samples,
    drills: 0,
    steps: 60,
    ...schedule,
  },
  {},
)

let folders = 0
function judgeRun(more: Partial<JudgeRun['settings']> = {}, rest: Partial<JudgeRun> = {}): JudgeRun {
  const directory = join(scratch, `run-${folders++}`)
  mkdirSync(directory)
  const settings = {
    ...judgeDefaults,
    steps: 3,
    pairs: 4,
    judgments: 4,
    maxTokens: 60,
    probeEvery: 2,
    ...more,
  }
  return { directory, base, settings, describes: {}, pairs, probe: pairs.slice(0, 3), threads: 2, ...rest }
}

const read = (directory: string, file: string) =>
  readFileSync(join(directory, file), 'utf8').trim().split('\n')
const untimed = (directory: string) =>
  read(directory, 'metrics.jsonl').map((line) => ({ ...JSON.parse(line), seconds: null }))

it('the base learns its skills', () => {
  const losses = first.history.map(({ metrics }) => metrics.loss)
  expect(losses.at(-1)!).toBeLessThan(4)
})

it('a judgment is right or wrong by where the right response was shown, and none is wrong too', async () => {
  const run = judgeRun({ keepEvery: 1 })
  await trainJudge(run)
  const [row] = untimed(run.directory)
  const kept = read(run.directory, 'samples/step-0000.jsonl').map((line) => JSON.parse(line))
  expect(kept).toHaveLength(16)
  for (const { id, responses, right, thinking } of kept) {
    const pair = pairs.find((each) => each.id === id)!
    expect(responses[right]).toEqual(pair.right)
    expect(responses[1 - right]).toEqual(pair.wrong)
    expect(Array.isArray(thinking)).toBe(true)
  }
  const accuracy =
    kept.filter(({ right, thinking }) => thinking.at(-1) === `Better: ${right + 1}`).length / 16
  expect(row.accuracy).toBeCloseTo(accuracy, 10)
  expect(row.accuracy + row.unparseable).toBeLessThanOrEqual(1)
  expect(Object.keys(row.tokens_by_level)).toEqual(['3'])
})

it('cut off and gone on with, it ends as if nothing had been', async () => {
  const whole = judgeRun()
  await trainJudge(whole)
  const stop = new AbortController()
  const run = judgeRun({}, { signal: stop.signal, saveEvery: 0 })
  await expect(trainJudge({ ...run, onStep: () => stop.abort(new Error('cut')) })).rejects.toThrow('cut')
  await trainJudge({ ...run, signal: undefined })
  expect(untimed(run.directory)).toEqual(untimed(whole.directory))
  const weights = ({ directory }: JudgeRun) => readFileSync(join(directory, 'policy', 'model.safetensors'))
  expect(weights(run)).toEqual(weights(whole))
})

it('both orders are two prompts with half of the judgments each', async () => {
  const run = judgeRun({ bothOrders: true, keepEvery: 1, steps: 1 })
  await trainJudge(run)
  const kept = read(run.directory, 'samples/step-0000.jsonl').map((line) => JSON.parse(line))
  const rights = new Map<string, number[]>()
  for (const { id, right } of kept) rights.set(id, [...(rights.get(id) ?? []), right])
  for (const each of rights.values()) expect(each.toSorted()).toEqual([0, 0, 1, 1])
})

it('the judge that does not think says its verdict at once, and learns it from labels or from rewards', async () => {
  const direct = join(scratch, 'direct')
  await trainDirectJudge(
    direct,
    { base: readCheckpoint(base), pairs, validation: pairs, steps: 80, ...schedule },
    {},
  )
  const judge = embeddedJudge(direct, { threads: 2, temperature: 0, thinking: 0 })
  try {
    const comparisons = pairs.map(({ problem, right, wrong }, seed) => ({
      query: problem,
      responses: [right.join('\n'), wrong.join('\n')] as const,
      seed,
    }))
    const judgments = await judge.compare(comparisons)
    expect(judgments.filter(({ winner }) => winner !== null).length).toBe(pairs.length)
    for (const { tokens } of judgments) expect(tokens).toBeLessThanOrEqual(8)
  } finally {
    await judge.close()
  }
  const { rows } = await trainJudge({ ...judgeRun({ thinking: false, maxTokens: 8 }), base: direct })
  expect(rows[0].unparseable).toBeLessThan(0.2)
  expect(rows[0].tokens).toBeLessThanOrEqual(8)
})

it('thinking that is too long is closed, and the verdict asked for', async () => {
  const judge = embeddedJudge(base, { threads: 2, thinking: 12 })
  try {
    const [pair] = pairs
    const responses = [pair.right.join('\n'), pair.wrong.join('\n')] as const
    const comparisons = Array.from({ length: 8 }, (_, seed) => ({ query: pair.problem, responses, seed }))
    const judgments = await judge.compare(comparisons)
    for (const { tokens, winner, nonVerdict } of judgments) {
      expect(tokens).toBeLessThanOrEqual(20)
      expect(winner === null).toBe(nonVerdict !== null)
    }
    expect(await judge.compare(comparisons)).toEqual(judgments)
    expect(await judge.compare(comparisons.slice(3, 4))).toEqual(judgments.slice(3, 4))
  } finally {
    await judge.close()
  }
})

it('what needs no reading is not read, and what is too long fails', async () => {
  const judge = embeddedJudge(base, { threads: 1, thinking: 20 })
  try {
    const long = Array.from({ length: 400 }, (_, i) => `${i} + 1`).join('\n')
    const [empty, both, failed] = await judge.compare([
      { query: 'q', responses: ['', '1 + 1 = 2'], seed: 1 },
      { query: 'q', responses: ['', ' '], seed: 1 },
      { query: 'q', responses: ['1', long], seed: 1 },
    ])
    expect(empty).toMatchObject({ winner: 1, tokens: 0 })
    expect(both).toMatchObject({ winner: null, nonVerdict: 'refused', tokens: 0 })
    expect(failed).toMatchObject({ winner: null, nonVerdict: 'failed', tokens: 0 })
    expect(failed.error).toMatch(/too many for a context of 768/)
  } finally {
    await judge.close()
  }
})
