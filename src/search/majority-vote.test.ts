import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { score } from '../reward/score.ts'
import { majorityVote } from './majority-vote.ts'
import { beamSearch, bestOfN } from './solve.ts'

const solution = (answer: string, problem = 'p') => ({ problem, steps: ['so', `Answer: ${answer}`] })

test('an answer is worth its share of the votes on its own problem, however it is spelt', async () => {
  const solutions = [...['7', '8', '+7', '7.0'].map((answer) => solution(answer)), solution('8', 'another')]
  const scores = await score(solutions, { scorer: majorityVote })
  expect(scores.map(({ p_correct }) => p_correct)).toEqual([3 / 5, 1 / 5, 3 / 5, 3 / 5, 1 / 2])
})

/** Writes the answers one after the other, a solution each. */
const writer = (answers: string[]) => ({
  generate: async ([{ seeds }]: { seeds: readonly number[] }[]) => [
    seeds.map((seed, i) => ({ steps: [`Answer: ${answers[i]}`], finish: 'end' as const, tokens: 1, seed })),
  ],
})

test('the best of n is what most say, on a tie what was said first', async () => {
  const winner = async (answers: string[]) => {
    const options = { generator: writer(answers), scorer: majorityVote, n: answers.length }
    return (await bestOfN('p', options)).winner?.answer
  }
  expect(await winner(['1', '2', '3', '2'])).toBe('2')
  expect(await winner(['4', '2', '2', '4'])).toBe('4')
})

test('a search that asks about beginnings is told that there is nothing to vote on', async () => {
  const generator = {
    generate: async () => [[{ steps: ['so'], finish: 'step' as const, tokens: 1, seed: 1 }]],
  }
  const searched = beamSearch('p', { generator, scorer: majorityVote, n: 1, beams: 1 })
  await expect(searched).rejects.toThrow(InputError)
  await expect(searched).rejects.toThrow('best-of-n')
})
