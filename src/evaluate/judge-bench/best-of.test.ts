import { expect, test } from 'vitest'
import { type BestOfOptions, bestOfSets, type ContestRecord } from './best-of.ts'

const options: BestOfOptions = {
  seed: 1,
  resamples: 100,
  sizes: { policy: 10, judge: 20, rewards: { crm: 5, 'orm-s1': 3, 'orm-s2': 3 } },
  cascadeBy: 'crm',
}

/** 64 samples of 6 tokens after a prompt of 4, of which the first, and every fourth in all, are right where `isEasy`; else only the ninth. */
function record(i: number, isEasy: boolean, task = 'arithmetic'): ContestRecord {
  const correct = Array.from({ length: 64 }, (_, k) => (isEasy ? k % 4 === 0 : k === 8))
  const scores = correct.map((is) => (is ? 0 : -1))
  const judged = (right: boolean) => [{ right, calls: 7, read: 100, written: 50 }]
  return {
    ...{ id: `${task}/test/${i}`, task, split: 'test', correct, prompt: 4 },
    answers: correct.map((is, k) => (is ? 'right' : `wrong ${k % 3}`)),
    tokens: correct.map(() => 6),
    scores: { crm: scores, 'orm-s1': scores, 'orm-s2': scores.map((score) => -score) },
    judged: {
      knockout: [...judged(isEasy), ...judged(false)],
      cascade: [
        { right: isEasy, calls: 0, read: 0, written: 0 },
        { right: isEasy, calls: 2, read: 30, written: 10 },
      ],
    },
  }
}

const records = [
  record(0, true),
  record(1, false),
  record(2, true, 'word-problem'),
  record(3, false, 'word-problem'),
]
const sets = bestOfSets(records, options)
const method = (name: string) => sets[0].methods.find((each) => each.name === name)!

test('everyone is measured on the same first eight candidates', () => {
  expect(sets.map(({ split, task, problems }) => [split, task, problems])).toEqual([
    ['test', 'all', 4],
    ['test', 'arithmetic', 2],
    ['test', 'word-problem', 2],
  ])
  expect(method('pass@1').accuracy.mean).toBe(0.125)
  // two right ones against two of each wrong answer, the first of which came first
  expect(method('majority').accuracy.mean).toBe(0.5)
  expect(method('crm').accuracy.mean).toBe(0.5)
  expect(method('oracle').accuracy.mean).toBe(0.5)
  // training seeds of a reward, and of the judge, are averaged
  expect(method('orm').accuracy.mean).toBe(0.25)
  expect(method('knockout').accuracy.mean).toBe(0.25)
  expect(method('cascade')).toMatchObject({ kind: 'cascade', calls: 1, read: 15, written: 5 })
  expect(method('knockout').versus.crm.mean).toBe(-0.25)
  expect(Object.keys(method('crm').versus)).toEqual(['majority'])
})

test('compute is parameters times tokens, sampling and scoring included', () => {
  const sampling = 4 + 8 * 6
  expect(method('pass@1').work).toBe(10 * 10)
  expect(method('majority').work).toBe(10 * sampling)
  expect(method('crm')).toMatchObject({ work: 15 * sampling, scored: sampling })
  expect(method('knockout')).toMatchObject({ work: 10 * sampling + 20 * 150, scored: 0, calls: 7 })
  expect(method('cascade').work).toBe(10 * sampling + 20 * 20 + 5 * sampling)
})

test('the others get as many candidates as the compute of the judge pays for', () => {
  const { work, accuracy, equalWork } = method('knockout')
  expect(equalWork.map(({ name }) => name)).toEqual(['majority', 'crm', 'orm'])
  for (const { n, name, ...there } of equalWork) {
    const { points } = sets[0].curves.find((curve) => curve.name === name)!
    const away = points.map((point) => Math.abs(Math.log(point.work / work)))
    expect(points[away.indexOf(Math.min(...away))]).toMatchObject({ n, work: there.work })
    expect(there.difference.mean).toBeCloseTo(accuracy.mean - there.accuracy.mean)
  }
  expect(equalWork.map(({ n }) => n)).toEqual([64, 32, 32])
  expect(method('crm').equalWork).toEqual([])
})

test('curves are over all samples: the ninth is found among sixty-four', () => {
  const crm = sets[0].curves.find(({ name }) => name === 'crm')!
  expect(crm.points.map(({ n }) => n)).toEqual([1, 2, 4, 8, 16, 32, 64])
  expect(crm.points[0].accuracy.mean).toBeCloseTo((1 / 4 + 1 / 64) / 2)
  expect(crm.points[6].accuracy.mean).toBe(1)
  expect(crm.points[6].work).toBe(15 * (4 + 64 * 6))
})

test('what has no score comes last, and nobody is right without an answer', () => {
  const none = record(0, false)
  none.answers = none.answers.map(() => null)
  none.correct = none.correct.map(() => false)
  none.scores.crm = none.scores.crm.map(() => null)
  const half = record(1, true)
  half.scores.crm = half.correct.map((is) => (is ? 0 : null))
  const [set] = bestOfSets([none, half], options)
  const at = (name: string) => set.methods.find((each) => each.name === name)!.accuracy.mean
  expect([at('crm'), at('oracle')]).toEqual([0.5, 0.5])
})
