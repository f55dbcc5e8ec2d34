import { expect, test } from 'vitest'
import { reliabilityPlot } from './reliability.ts'

const set = (
  rewards: { reward: string; samples: number; bins: { probability: number; frequency: number }[] }[],
) => ({
  task: 'arithmetic',
  split: 'test',
  problems: 9,
  rewards: rewards.map(({ bins, ...reward }) => ({ ...reward, raw: { bins } })),
})
const bins = [
  { probability: 0.2, frequency: 0.1 },
  { probability: 0.9, frequency: 0.8 },
]

test('a reward that scored no sample has no curve; where none did there is no plot', () => {
  const silent = { reward: 'silent', samples: 0, bins: [] }
  const svg = reliabilityPlot(set([silent, { reward: 'crm', samples: 40, bins }]))
  expect(svg).toContain('40 samples of 9 problems')
  expect(svg).toContain('>crm</text>')
  expect(svg).not.toContain('silent')
  expect(reliabilityPlot(set([silent]))).toBeNull()
})
