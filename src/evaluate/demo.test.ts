import { expect, test } from 'vitest'
import { sampleSeed } from '../data/samples.ts'
import { random } from '../reasoning/random.ts'
import type { Comparison, Generator, PairJudge } from '../reasoning/types.ts'
import { scoresOfHazards } from '../reward/scores.ts'
import { problemAt, tasks } from '../tasks/index.ts'
import { type DemoOptions, demo } from './demo.ts'

const problems = 6
const samples = 16
const known = new Map(
  tasks.flatMap((task) =>
    Array.from({ length: problems }, (_, index) => {
      const problem = task.problem('test', index)
      return [problem.problem, problem] as const
    }),
  ),
)

/** Its first sample of a problem of odd index is wrong; of the others, every third is cut short. */
const generator: Generator = {
  generate: async (requests) =>
    requests.map(({ problem: text, seeds }) => {
      const problem = known.get(text)!
      const { task } = problemAt(problem.id)
      return seeds.map((seed, i) => {
        const steps = task.solve(problem, random(seed))
        if (i === 0 && Number(problem.id.split('/')[2]) % 2 === 1) steps.push('Answer: nobody')
        return { steps, finish: i % 3 === 1 ? 'length' : 'end', tokens: 50, seed }
      })
    }),
}

/** Knows the wrong one: these hazards for it, and for other steps. */
const knows = (wrong: number, right: number): DemoOptions['reward'] => ({
  scores: async (solutions) =>
    solutions.map(({ steps }) => {
      const scores = scoresOfHazards(steps.map((step) => (step === 'Answer: nobody' ? wrong : right)))
      return { score: Math.log(scores.p_correct), ...scores }
    }),
})
const reward = knows(0.9, 0.05)
const name = 'CRM'

test('counts, examples and accuracies agree with what was sampled', async () => {
  let seen = 0
  const options = { generator, reward, name, tasks, problems, samples, seed: 1 }
  const result = await demo({ ...options, onProgress: (count) => (seen += count) })
  expect(seen).toBe(tasks.length * problems * samples)
  expect(result.tasks.map(({ task }) => task)).toEqual(tasks.map(({ name }) => name))
  for (const { task, firstWrong, mended, spoilt, example, bestOfN } of result.tasks) {
    expect({ firstWrong, mended, spoilt }).toEqual({ firstWrong: 3, mended: 3, spoilt: 0 })
    expect(example).toMatchObject({
      id: `${task}/test/1`,
      looked: 2,
      right: 10,
      pick: { correct: true, first_error: null },
    })
    expect(example?.first).toMatchObject({ correct: false, answer: 'nobody' })
    expect(example?.first.first_error).toBe(example?.first.scores?.first_error)
    const accuracy = (method: string) => bestOfN.methods[method].points.at(-1)?.mean
    // 5 of 16 are cut short, though their last words are a right answer
    expect(accuracy('pass@1')).toBeCloseTo((11 / 16 + 10 / 16) / 2)
    expect(accuracy(name)).toBe(1)
  }
  expect(result.bestOfN.problems).toBe(3 * problems)
  expect(await demo(options)).toEqual(result)
})

test('its samples are those of `assay sample`', async () => {
  const asked: number[] = []
  const spy: Generator = {
    generate: (requests) => {
      asked.push(...requests.flatMap(({ seeds }) => seeds))
      return generator.generate(requests)
    },
  }
  await demo({ generator: spy, reward, name, tasks: tasks.slice(0, 1), problems: 1, samples, seed: 7 })
  expect(asked).toEqual(Array.from({ length: samples }, (_, i) => sampleSeed(7, 'arithmetic/test/0', i)))
})

test('too few samples for the table are refused', async () => {
  await expect(demo({ generator, reward, name, tasks, problems, samples: 4, seed: 1 })).rejects.toThrow(
    '16 at least',
  )
})

test('a right pick that is held wrong is mended all the same, but no example', async () => {
  const [{ mended, example }] = (
    await demo({
      generator,
      reward: knows(0.99, 0.5),
      name,
      tasks: tasks.slice(1, 2),
      problems,
      samples,
      seed: 1,
    })
  ).tasks
  expect(mended).toBeGreaterThan(0)
  expect(example).toBeNull()
})

test('a judge is shown a right and a wrong sample, in either order; no verdict is neither right nor wrong', async () => {
  const shown: Comparison[] = []
  const judge: PairJudge = {
    compare: async (comparisons) => {
      shown.push(...comparisons)
      return comparisons.map(({ responses }, i) => {
        const right = responses[0].includes('Answer: nobody') ? 1 : 0
        const winner = i === 0 ? null : i === 1 ? ((1 - right) as 0 | 1) : (right as 0 | 1)
        return { winner, nonVerdict: winner === null ? 'truncated' : null, reasoning: 'a\nb\nc', tokens: 7 }
      })
    },
  }
  const options = { generator, reward, name, judge, tasks, problems, samples, seed: 1 }
  const { judging } = await demo(options)
  // problems of odd index have a wrong sample
  expect(judging).toMatchObject({ pairs: 9, right: 7, unjudged: 1, tokens: 63 })
  const places = shown.map(({ responses }) => responses.findIndex((text) => text.includes('nobody')))
  expect(new Set(places)).toEqual(new Set([0, 1]))
  const { responses, right, winner, thinking } = judging!.example!
  expect(winner).toBe(right)
  expect(responses[1 - right]).toContain('Answer: nobody')
  expect(thinking).toEqual(['a', 'b', 'c'])
  expect((await demo({ ...options, judge: undefined })).judging).toBeNull()
})
