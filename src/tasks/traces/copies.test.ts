import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { realTest } from '../../data/shared-data.fixture.ts'
import { multistepArithmetic } from './multistep-arithmetic.ts'
import { trackingShuffledObjects } from './tracking-shuffled-objects.ts'

/* Generators that handed out the rows that they are measured by would have them learned by heart. */

for (const [source, file] of [
  [multistepArithmetic, 'multistep_arithmetic'],
  [trackingShuffledObjects, 'tracking_shuffled_objects'],
] as const)
  realTest(
    `${source.name}: no generated problem is that of a row of the files`,
    `big_bench_mistake/${file}.first100.jsonl`,
    async (path) => {
      const rows = readFileSync(path, 'utf8').trim().split('\n')
      const problems = new Set(rows.map((line) => (JSON.parse(line) as { input: string }).input))
      expect(problems.size).toBeGreaterThan(90)
      for (let index = 0; index < 4000; index++) {
        const { id, problem } = source.trace('train', index)
        expect(problems.has(problem), `${id}: ${problem}`).toBe(false)
      }
    },
  )
