import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { embeddedJudge } from '../judge/embedded/embedded-judge.ts'
import { embeddedScorer } from '../reward/scorer.ts'
import { embeddedGenerator } from './generator.ts'
import { writeTinyModels } from './tiny.fixture.ts'

const { policy, reward: crm } = writeTinyModels(scratchFolder())

it.each([0, -1, Number.NaN, 1.5])('%s threads are bad input: work would wait for ever', (threads) => {
  for (const open of [
    () => embeddedGenerator(policy, { threads }),
    () => embeddedScorer(crm, { threads }),
    () => embeddedJudge(policy, { threads }),
  ])
    expect(open).toThrow(`threads is ${threads}`)
})

it('so are options by which nothing can be written or kept', () => {
  for (const [options, fault] of [
    [{ temperature: -1 }, 'temperature is -1'],
    [{ topP: 0 }, 'topP is 0'],
    [{ topP: Number.NaN }, 'topP is NaN'],
    [{ maxTokens: 0 }, 'maxTokens is 0'],
  ] as const)
    expect(() => embeddedGenerator(policy, { threads: 1, ...options })).toThrow(fault)
  expect(() => embeddedScorer(crm, { threads: 1, cacheBytes: Number.NaN })).toThrow('cacheBytes is NaN')
  expect(() => embeddedJudge(policy, { threads: 1, temperature: Number.NaN })).toThrow('temperature is NaN')
})
