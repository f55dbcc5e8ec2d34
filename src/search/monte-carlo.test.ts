import { expect, test } from 'vitest'
import { seedOf } from '../reasoning/random.ts'
import type { Continuation, GenerateRequest, Generator, Solution, Verifier } from '../reasoning/types.ts'
import { type Judged, labelByMonteCarlo, type MonteCarloLabel, monteCarloLabels } from './monte-carlo.ts'

/** The right answer is `yes`; steps count for nothing. */
const verifier: Verifier = {
  verify({ steps }) {
    const answer = /^Answer: (.*)/.exec(steps.at(-1) ?? '')?.[1] ?? null
    const correct = answer === 'yes'
    // a first error that Monte Carlo must never repeat
    return { correct, firstError: correct ? null : 0, truth: 'yes', answer }
  },
}

/** The last number in a prefix says how many of every four rollouts are right: `good 3`. */
const generator = (requests: GenerateRequest[] = []): Generator => ({
  async generate(asked) {
    requests.push(...asked)
    return asked.map(({ prefix = [], seeds }) => {
      const right = Number(/\d+/.exec(prefix.at(-1) ?? '')?.[0])
      return seeds.map(
        (seed, k): Continuation => ({
          steps: ['on', `Answer: ${k % 4 < right ? 'yes' : 'no'}`],
          finish: prefix.at(-1)?.startsWith('endless') ? 'length' : 'end',
          tokens: 2,
          seed,
        }),
      )
    })
  },
})

const judge = (...steps: string[]): Judged => {
  const solution: Solution = { id: 'p#1', problem: 'p', steps }
  return { solution, verdict: verifier.verify(solution) }
}
const label = async (...steps: string[]): Promise<MonteCarloLabel> =>
  (
    await monteCarloLabels([judge(...steps)], { generator: generator(), verifier }, { rollouts: 8, seed: 1 })
  )[0]

test('the first error is the first prefix none of whose rollouts is right', async () => {
  expect(await label('good 4', 'good 1', 'bad 0', 'good 2', 'Answer: no')).toEqual({
    correct: false,
    firstError: 2,
    answer: 'no',
    values: [1, 0.25, 0, 0.5, 0],
  })
})

test('a right answer has no first error, whatever the values', async () => {
  const { correct, firstError, values } = await label('bad 0', 'good 3', 'Answer: yes')
  expect({ correct, firstError, values }).toEqual({ correct: true, firstError: null, values: [0, 0.75, 1] })
})

test('a wrong answer after good steps is itself the first error; without steps before it, too', async () => {
  expect(await label('good 4', 'Answer: no')).toMatchObject({ firstError: 1, values: [1, 0] })
  expect(await label('Answer: no')).toMatchObject({ firstError: 0, values: [0] })
})

test('a solution without an answer is rolled out from its last step, too; where none fails the first error is unknown', async () => {
  expect(await label('good 4', 'good 1')).toMatchObject({
    correct: false,
    firstError: 'unknown',
    values: [1, 0.25],
    answer: null,
  })
  expect(await label('good 4', 'bad 0')).toMatchObject({ firstError: 1, values: [1, 0] })
})

test('a rollout that ran out of tokens has not reached the answer', async () => {
  expect(await label('endless 4', 'Answer: no')).toMatchObject({ firstError: 0, values: [0, 0] })
})

test.each([
  { steps: ['good 4', 'good 4', 'good 4'], values: [1, 1, 0], firstError: 'unknown', asked: 2 },
  {
    steps: ['good 4', 'good 4', 'good 4', 'Answer: no'],
    values: [1, 1, 0, 0],
    firstError: 'unknown',
    asked: 2,
  },
  { steps: ['good 4', 'bad 0', 'good 4'], values: [1, 0, 0], firstError: 1, asked: 2 },
  { steps: ['good 4', 'good 4', 'Answer: no'], values: [1, 1, 0], firstError: 2, asked: 2 },
  { steps: ['good 4', 'good 4', 'good 4', 'Answer: yes'], values: [1, 1, 0, 1], firstError: null, asked: 2 },
])('a prefix that leaves no room is not rolled out, nor called the first error: %j', async (expected) => {
  const { steps, ...label } = expected
  const fits = (_: string, prefix: string[]) => prefix.length < 3
  const requests: GenerateRequest[] = []
  const [{ values, firstError }] = await monteCarloLabels(
    [judge(...steps)],
    { generator: { ...generator(requests), fits }, verifier },
    { rollouts: 4, seed: 1 },
  )
  expect({ values, firstError, asked: requests.length }).toEqual(label)
})

test('the generator is given the signal, and an abort ends the wait for one that is deaf to it', async () => {
  const abort = new AbortController()
  const signals: unknown[] = []
  const deaf: Generator = {
    generate(_, { signal } = {}) {
      signals.push(signal)
      abort.abort(new Error('enough'))
      return new Promise(() => {})
    },
  }
  const options = { rollouts: 2, seed: 1, signal: abort.signal }
  const labels = monteCarloLabels([judge('good 4')], { generator: deaf, verifier }, options)
  await expect(labels).rejects.toThrow('enough')

  const listening = new AbortController()
  const heard: Generator = {
    generate(requests, { signal } = {}) {
      signals.push(signal)
      return generator().generate(requests)
    },
  }
  async function* stream() {
    yield judge('good 4')
  }
  const actors = { generator: heard, verifier }
  for await (const { label } of labelByMonteCarlo(stream(), actors, { ...options, signal: listening.signal }))
    expect(label.values).toEqual([1])
  expect(signals).toEqual([abort.signal, listening.signal])
})

test('what was read before a fault is labelled before it is thrown', async () => {
  async function* faulty() {
    yield judge('good 4', 'Answer: no')
    throw new Error('line 2')
  }
  const labelled: unknown[] = []
  const all = async () => {
    for await (const each of labelByMonteCarlo(
      faulty(),
      { generator: generator(), verifier },
      { rollouts: 2, seed: 1 },
    ))
      labelled.push(each)
  }
  await expect(all()).rejects.toThrow('line 2')
  expect(labelled).toHaveLength(1)
})

test('rollouts are seeded by the seed, the row, the step and their number; the answer gets none', async () => {
  const requests: GenerateRequest[] = []
  const actors = { generator: generator(requests), verifier }
  await monteCarloLabels([judge('good 4', 'good 3', 'Answer: no'), judge('Answer: yes')], actors, {
    rollouts: 3,
    seed: 7,
  })
  expect(requests).toEqual(
    [0, 1].map((step) => ({
      problem: 'p',
      prefix: ['good 4', 'good 3'].slice(0, step + 1),
      seeds: [0, 1, 2].map((k) => seedOf('rollout', 7, 'p#1', step, k)),
      until: 'end',
    })),
  )
})

test('a stream is labelled in order, as each of its solutions alone', async () => {
  const judged = Array.from({ length: 23 }, (_, i) =>
    judge(...Array.from({ length: i % 4 }, (_, j) => `good ${(i + j) % 5}`), 'Answer: no'),
  )
  async function* stream() {
    yield* judged
  }
  const actors = { generator: generator(), verifier }
  const labelled = []
  for await (const each of labelByMonteCarlo(stream(), actors, { rollouts: 4, seed: 1, chunk: 20 }))
    labelled.push(each)
  expect(labelled.map(({ solution }) => solution)).toEqual(judged.map(({ solution }) => solution))
  for (const [i, { label }] of labelled.entries())
    expect([label]).toEqual(await monteCarloLabels([judged[i]], actors, { rollouts: 4, seed: 1 }))
})
