import { expect, test } from 'vitest'
import { taskNamed } from '../tasks/index.ts'
import { guessingGenerator } from './generator.fixture.ts'
import { type SampleRow, sampleSeed, sampleSolutions } from './samples.ts'

const problems = Array.from({ length: 7 }, (_, index) => taskNamed('arithmetic').problem('test', index))
const ids = problems.map(({ id }) => id)

async function collect(
  options: Partial<Parameters<typeof sampleSolutions>[2]> = {},
  generator = guessingGenerator(ids, 0.5),
) {
  const rows: SampleRow[] = []
  for await (const chunk of sampleSolutions(generator, problems, { n: 4, seed: 1, ...options }))
    rows.push(...chunk)
  return rows
}
const all = await collect()

test('n samples of every problem, in order, each with its own seed', () => {
  expect(all.map(({ id }) => id)).toEqual(ids.flatMap((id) => [0, 1, 2, 3].map((k) => `${id}#${k}`)))
  for (const [i, { seed, problem }] of all.entries()) {
    expect(seed).toBe(sampleSeed(1, problems[Math.floor(i / 4)].id, i % 4))
    expect(problem).toBe(problems[Math.floor(i / 4)].problem)
  }
  expect(new Set(all.map(({ seed }) => seed)).size).toBe(all.length)
})

test('an answer only where the solution came to its end', () => {
  expect(all.some(({ finish }) => finish === 'length')).toBe(true)
  for (const { finish, answer } of all) expect(answer === undefined).toBe(finish === 'length')
})

test('neither the chunks nor the other samples change a sample', async () => {
  expect(await collect({ chunk: 8 })).toEqual(all)
  expect(await collect({ chunk: 1 })).toEqual(all)
  const more = await collect({ n: 6 })
  expect(more.filter(({ id }) => Number(id.split('#')[1]) < 4)).toEqual(all)
  expect((await collect({ seed: 2 })).map(({ seed }) => seed)).not.toEqual(all.map(({ seed }) => seed))
})

test('rows that are there are not drawn again; a chunk that lacks one is asked for as ever', async () => {
  const generator = guessingGenerator(ids, 0.5)
  const there = new Set(all.slice(0, 10).map(({ id }) => id))
  expect(await collect({ chunk: 8, skip: (id) => there.has(id) }, generator)).toEqual(all.slice(10))
  // chunks of two problems: the first is there, the second in part
  expect(generator.requests.map((requests) => requests.map(({ problem }) => problem))).toEqual(
    [2, 4, 6].map((start) => problems.slice(start, start + 2).map(({ problem }) => problem)),
  )
})

test('an abort ends it', async () => {
  await expect(collect({ signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
})
