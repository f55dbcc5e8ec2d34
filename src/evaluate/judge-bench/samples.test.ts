import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import type { Generator } from '../../reasoning/types.ts'
import { taskNamed, tasks } from '../../tasks/index.ts'
import { curveOf } from './learning.ts'
import { gapProblems, perLevel, policySamples, problemsByLevel, recordedPolicy, shareOf } from './samples.ts'

const folder = scratchFolder()

test('problems are shared out over tasks and levels, none lost, none more than one ahead', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.constantFrom(...tasks),
      fc.constantFrom('test', 'harder', 'validation'),
      (problems, task, split) => {
        const counts = Object.values(perLevel(task, split as 'test', problems))
        expect(counts).toHaveLength(task.levels[split as 'test'].length)
        expect(counts.reduce((a, b) => a + b)).toBe(problems)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        const shares = tasks.map((_, i) => shareOf(problems, tasks.length, i))
        expect(shares.reduce((a, b) => a + b)).toBe(problems)
      },
    ),
  )
})

test('a gap is fitted on problems as hard as those of test, which no reward was chosen by, one of each kind', () => {
  for (const task of tasks) {
    const problems = gapProblems(task, 300)
    expect(new Set(problems.map(({ level }) => level))).toEqual(new Set(task.levels.test))
    expect(new Set(problems.map(({ key }) => key)).size).toBe(problems.length)
    for (const { id, split } of problems) {
      expect(split).toBe('validation')
      expect(Number(id.split('/')[2])).toBeGreaterThanOrEqual(1000)
    }
  }
  expect(gapProblems(taskNamed('shuffled-objects'), 300).length).toBeLessThan(300)
})

test('samples of a killed run go on, with their labels', async () => {
  const problems = problemsByLevel(taskNamed('arithmetic'), 'test', 6)
  const right: Generator = {
    generate: async (requests) =>
      requests.map(({ problem, seeds }) => {
        const { truth } = problems.find((each) => each.problem === problem)!
        return seeds.map((seed) => {
          const answer = seed % 2 === 0 ? truth : 'none'
          return { steps: [`Answer: ${answer}`], finish: 'end', tokens: 3, seed }
        })
      }),
  }
  const file = join(folder, 'samples.jsonl')
  const samples = await policySamples(file, problems, { n: 4, seed: 1 }, right)
  const whole = readFileSync(file, 'utf8')
  expect(samples.map(({ id }) => id)).toEqual(
    problems.flatMap(({ id }) => [0, 1, 2, 3].map((k) => `${id}#${k}`)),
  )
  for (const { correct, seed } of samples) expect(correct).toBe(seed % 2 === 0)
  writeFileSync(file, whole.slice(0, whole.length / 2))
  expect(await policySamples(file, problems, { n: 4, seed: 1 }, right)).toEqual(samples)
  expect(readFileSync(file, 'utf8')).toBe(whole)
})

test('a recorded policy says what it said, and nothing that it did not say', async () => {
  const sample = { id: 'a#0', problem: 'P', steps: ['s'], correct: true, first_error: null, tokens: 3 }
  const policy = recordedPolicy([
    { ...sample, seed: 5, finish: 'end' },
    { ...sample, seed: 6, finish: 'length', steps: ['t'] },
  ])
  expect(await policy.generate([{ problem: 'P', seeds: [6, 5], until: 'end' }])).toEqual([
    [
      { steps: ['t'], finish: 'length', tokens: 3, seed: 6 },
      { steps: ['s'], finish: 'end', tokens: 3, seed: 5 },
    ],
  ])
  await expect(policy.generate([{ problem: 'P', seeds: [7], until: 'end' }])).rejects.toThrow('seed 7')
})

test('a learning curve is the mean of runs and of neighbouring steps, as far as all go', () => {
  const run = (length: number, plus: number) =>
    Array.from({ length }, (_, step) => ({
      ...{ step, accuracy: step + plus, unparseable: 0, kl: 0.1, tokens: 50 },
      tokens_by_level: (step === 0 ? { 10: 7 } : { 2: 20, 10: 40 + plus }) as Record<string, number>,
    }))
  const curve = curveOf([run(12, 0), run(7, 2)])
  expect(curve.map(({ step, accuracy }) => [step, accuracy])).toEqual([
    [0, 3],
    [5, 6.5],
  ])
  expect(Object.keys(curve[0].tokensByLevel)).toEqual(['2', '10'])
  expect(curve[0].tokensByLevel[2]).toBe(20)
  expect(curve[1].tokensByLevel[10]).toBe(41)
})
