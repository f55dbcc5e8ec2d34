import { expect, test } from 'vitest'
import { all } from '../../data/shared-data.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { StepScorer } from '../../reasoning/types.ts'
import { kindNamed } from '../../reward/kinds/kinds.ts'
import type { BenchmarkRow } from './benchmark.ts'
import { firstAbove, opinionsOf, opinionsOfReward, predict } from './predict.ts'

/** Reads hazards out of the steps. */
const scorer: StepScorer = {
  score: async (solutions) => solutions.map(({ steps }) => steps.map(Number)),
}

async function* rowsOf(...solutions: string[][]): AsyncGenerator<BenchmarkRow> {
  for (const [i, steps] of solutions.entries())
    yield { id: String(i), problem: 'P', steps, first_error: null }
}

test('the likeliest of all steps and none, or the first above a threshold', async () => {
  // p of the steps and of none: 0.1, 0.36, 0.324; 0.216 and 0.3, 0.21; 0.49
  const solutions = [
    ['0.1', '0.4', '0.6'],
    ['0.3', '0.3'],
  ]
  const [likeliest, above] = await Promise.all(
    [undefined, 0.5].map((threshold) =>
      all(predict(rowsOf(...solutions), { opinions: opinionsOf(scorer, threshold) })),
    ),
  )
  expect(likeliest.map(({ opinion }) => opinion?.first_error)).toEqual([1, null])
  expect(above.map(({ opinion }) => opinion?.first_error)).toEqual([2, null])
  expect(above[1].opinion).toMatchObject({ p_correct: expect.closeTo(0.49, 12), hazards: [0.3, 0.3] })
  expect([firstAbove([0.5, 0.6], 0.5), firstAbove([], 0)]).toEqual([1, null])
})

test('solutions that cannot be read have no opinion and are never scored; order stays', async () => {
  const solutions = Array.from({ length: 150 }, (_, i) => [i % 3 === 0 ? 'too long' : String(i / 1000)])
  const reasons: InputError[] = []
  const found = await all(
    predict(rowsOf(...solutions), {
      opinions: opinionsOf(scorer),
      check: ({ id, steps }) => {
        if (steps[0] === 'too long') throw new InputError('too long', { where: id })
      },
      onUnreadable: (error) => reasons.push(error),
    }),
  )
  expect(found.map(({ row }) => row.id)).toEqual(solutions.map((_, i) => String(i)))
  for (const [i, { opinion }] of found.entries())
    if (i % 3 === 0) expect(opinion).toBe(null)
    else expect(opinion?.hazards).toEqual([i / 1000])
  expect(reasons).toHaveLength(50)
})

test('a scorer that gives too few hazards, or no probability, is told', async () => {
  const few = opinionsOf({ score: async () => [[0.1]] })
  await expect(all(predict(rowsOf(['1', '1']), { opinions: few }))).rejects.toThrow('1 hazards for 2 steps')
  await expect(all(predict(rowsOf(['NaN']), { opinions: opinionsOf(scorer) }))).rejects.toThrow(InputError)
})

test('an error that is none of the input is not taken for an unreadable solution', async () => {
  const check = () => {
    throw new TypeError('bug')
  }
  await expect(all(predict(rowsOf(['0.1']), { opinions: opinionsOf(scorer), check }))).rejects.toThrow(
    TypeError,
  )
})

test('a reward without hazards says how bad each step is; one without an opinion on steps is refused', async () => {
  const reward = (kind: string) => ({
    kind: kindNamed(kind),
    logits: async (solutions: readonly { steps: readonly string[] }[]) =>
      solutions.map(({ steps }) => steps.map(Number)),
    score: () => expect.unreachable(),
  })
  const told = async (kind: string, threshold?: number) => {
    const [{ opinion }] = await all(
      predict(rowsOf(['-2', '1', '3']), { opinions: opinionsOfReward(reward(kind), threshold) }),
    )
    return opinion
  }
  const bad = [-2, 1, 3].map((u) => 1 / (1 + Math.exp(-u)))
  const prm = await told('prm')
  expect(prm?.first_error).toBe(1)
  for (const [t, each] of bad.entries()) expect(prm?.hazards?.[t]).toBeCloseTo(each, 12)
  expect((await told('prm', 0.9))?.first_error).toBe(2)
  // a raw Q is high for a good step
  expect((await told('pqm'))?.hazards?.[0]).toBeCloseTo(0.5, 12)
  expect(() => opinionsOfReward(reward('orm'))).toThrow('no opinion on single steps')
})
