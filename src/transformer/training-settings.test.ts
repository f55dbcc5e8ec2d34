import { expect, test } from 'vitest'
import { differingSettings } from './training-settings.ts'

const settings = {
  kind: 'crm',
  seed: 1,
  peak: 3e-4,
  config: { layers: 2, rope: { theta: 100 } },
  train: [60, 1234],
  surprisal: null,
}

test('only what differs is told of, with both values, in one line', () => {
  expect(differingSettings(settings, { ...settings, seed: 2 })).toBe('seed is 1 there, not 2')
  const more = { ...settings, peak: 0.01, train: [61, 1250], config: { layers: 2, rope: { theta: 1000 } } }
  expect(differingSettings(settings, more)).toBe(
    'peak is 0.0003 there, not 0.01; config.rope.theta is 100 there, not 1000; train is [60,1234] there, not [61,1250]',
  )
})

test('what one of them lacks is none; a long value is cut, and cannot break the line', () => {
  expect(differingSettings(settings, { ...settings, tuning: { tune: 'head' } })).toBe(
    'tuning is none there, not {"tune":"head"}',
  )
  const long = differingSettings({ layout: `\n${'x'.repeat(500)}` }, {})
  expect(long.length).toBeLessThan(100)
  expect(long).not.toContain('\n')
})

test('nothing is said of what is the same, in whatever order; null is as good as left out', () => {
  const { kind, surprisal: _, ...rest } = settings
  expect(differingSettings(settings, { ...rest, kind })).toBe('')
})
