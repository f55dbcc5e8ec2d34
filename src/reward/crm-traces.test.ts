import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { multistepArithmetic } from '../tasks/traces/multistep-arithmetic.ts'
import type { TraceSource } from '../tasks/traces/trace.ts'
import { trackingShuffledObjects } from '../tasks/traces/tracking-shuffled-objects.ts'
import { shippedModel } from '../transformer/shipped.ts'
import { embeddedScorer } from './scorer.ts'
import { predictedFirstError } from './survival.ts'

const count = 60

test.each<[TraceSource, number]>([
  [multistepArithmetic, 0.75],
  [trackingShuffledObjects, 0.72],
])('$name: the CRM of traces finds the first mistake', async (source, least) => {
  const traces = Array.from({ length: count }, (_, index) => source.trace('test', index))
  const scorer = embeddedScorer(shippedModel('crm-traces'), { threads: 2 })
  try {
    const hazards = await scorer.score(traces)
    const found = traces.filter(({ first_error }, i) => predictedFirstError(hazards[i]) === first_error)
    expect(found.length / count).toBeGreaterThan(least)
  } finally {
    await scorer.close()
  }
})

test('it takes less than 8 MB', () => {
  const folder = shippedModel('crm-traces')
  const bytes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(folder, name)).size,
  )
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(8e6)
})
