import { expect, test } from 'vitest'
import type { Html } from './html.ts'
import { resultsOf } from './results.fixture.ts'
import { solveResult, solveSection } from './solve.ts'

test.each([
  [true, 'Sure enough'],
  [false, 'Not sure'],
])('what is promised is of the answers given, not of the right ones', (sure, word) => {
  const result = solveResult.parse({ ...resultsOf().solve, sure })
  expect((solveSection(result).body as Html).markup).toContain(
    `<strong>${word}</strong>: of the answers with a P(correct) of 95.0% or more, at least 90% are promised to be right.`,
  )
})
