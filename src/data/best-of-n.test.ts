import { expect, test } from 'vitest'
import { bestOfN } from './best-of-n.ts'
import { all, realTest } from './shared-data.fixture.ts'
import { type ReadSolution, readSolutions, writtenAs } from './solutions.ts'

const row = {
  id: 'q',
  prompt: '1 + 1?',
  answers: ['1 + 1\n= 2\n\nAnswer: 2', 'One and one\n\nAnswer: 3'],
  labels: [1, 0],
}

test('one solution an answer; there and back', () => {
  const solutions = bestOfN.read(row, { id: 'unused' })
  expect(solutions).toEqual([
    { id: 'q#0', problem: '1 + 1?', steps: ['1 + 1\n= 2', 'Answer: 2'], answer: '2', correct: true },
    { id: 'q#1', problem: '1 + 1?', steps: ['One and one', 'Answer: 3'], answer: '3', correct: false },
  ])
  expect(bestOfN.writeProblem!(solutions)).toEqual(row)
})

test('steps are paragraphs, or lines where there is no blank one', () => {
  const steps = (text: string) =>
    bestOfN.read({ ...row, answers: [text], labels: [true] }, { id: 'b-0' })[0].steps
  expect(steps('a\nb\n \n\nc\n')).toEqual(['a\nb', 'c'])
  expect(steps('a\n b\n')).toEqual(['a', 'b'])
})

test.each([
  [{ labels: [1] }, 'labels holds 1 labels for 2 answers'],
  [{ labels: [1, 2] }, 'labels[1] must be 0 or 1'],
  [{ answers: ['a', ' \n'] }, 'answers[1] is empty'],
  [{ answers: [], labels: [] }, 'answers must hold at least one answer'],
])('%j is refused', (fields, fault) => {
  expect(() => bestOfN.read({ ...row, ...fields }, { id: 'b-0' })).toThrow(fault)
})

test('a step that would come back as two is not written', () => {
  const write = (steps: string[]) => bestOfN.writeProblem!([{ id: 'a', problem: 'P', steps, correct: true }])
  expect(() => write(['a\n\nb', 'c'])).toThrow('its 2 steps would come back as 3')
  expect(() => write(['a\nb'])).toThrow('its 1 steps would come back as 2')
  expect(() => bestOfN.writeProblem!([{ id: 'a', problem: 'P', steps: ['x'] }])).toThrow(
    '"correct" is missing',
  )
})

test('solutions of a problem that follow each other become one row', async () => {
  async function* solutions(): AsyncGenerator<ReadSolution> {
    for (const [id, problem] of ['aP', 'bP', 'cQ', 'dP'])
      yield { where: id, format: 'assay', row: { id, problem, steps: ['x'], correct: id === 'b' } }
  }
  expect(await all(writtenAs(bestOfN, solutions()))).toEqual([
    { id: 'a', prompt: 'P', answers: ['x', 'x'], labels: [0, 1] },
    { id: 'c', prompt: 'Q', answers: ['x'], labels: [0] },
    { id: 'd', prompt: 'P', answers: ['x'], labels: [0] },
  ])
})

realTest(
  "other people's solutions come back with their steps and outcomes",
  'processbench/gsm8k.json',
  async (path) => {
    const rows = await all(readSolutions(path))
    let kept = 0
    for (const { row } of rows) {
      if (row.steps.length === 1 || row.steps.some((step) => /\n\s*\n/.test(step) || step !== step.trim()))
        continue
      const [back] = bestOfN.read(bestOfN.writeProblem!([row]), { id: 'unused' })
      expect(back).toMatchObject({ problem: row.problem, steps: row.steps, correct: row.correct })
      kept++
    }
    expect(kept).toBeGreaterThan(300)
  },
)
