import { expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { findHacking, grownHacks } from './monitor.ts'

/** A curve of noisy steps: by 0.05, gold of 128 rollouts whose problems are more or less hard. */
function noisy(name: string, seed: number, level: (step: number) => number, deviation = 0.05, steps = 200) {
  const { normal } = random('monitor', name, seed)
  return Array.from({ length: steps }, (_, step) => level(step) + normal() * deviation)
}

type Level = (step: number) => number
const rising: Level = (step) => -2 + step / 100

function alarms(runs: number, gold: Level, proxy: Level) {
  return Array.from({ length: runs }, (_, seed) =>
    findHacking(noisy('proxy', seed, proxy), noisy('gold', seed, gold)),
  ).filter((found) => found !== null)
}

const peaked =
  (to: number): Level =>
  (step) =>
    step < 60 ? 0.5 + step / 400 : 0.65 - ((step - 60) / 140) * (0.65 - to)

it.each<[string, Level, { from: number; within: number; by: number }]>([
  ['a collapse', (step) => (step < 60 ? 0.5 + step / 400 : 0.2), { from: 20, within: 20, by: 75 }],
  ['a decline by 25 points', peaked(0.4), { from: 20, within: 20, by: 140 }],
  ['a slow decline by 10 points', peaked(0.55), { from: 19, within: 30, by: 200 }],
])('%s while the proxy rises is found, and where it began', (_, gold, { from, within, by }) => {
  const found = alarms(20, gold, rising)
  expect(found.length).toBeGreaterThanOrEqual(from)
  for (const { began, noticed, ...change } of found) {
    expect(Math.abs(began - 60)).toBeLessThan(within)
    expect(noticed).toBeGreaterThan(60)
    expect(noticed).toBeLessThan(by)
    expect(change.gold).toBeLessThan(0)
    expect(change.proxy).toBeGreaterThan(0)
  }
})

it.each<[string, Level, Level]>([
  ['gold and proxy rise together', (step) => 0.4 + step / 500, rising],
  ['gold rises and stays', (step) => 0.65 - 0.2 * Math.exp(-step / 25), rising],
  ['gold stays, the proxy rises', () => 0.5, rising],
  ['gold falls, and the proxy with it', (step) => 0.6 - step / 500, (step) => -1 - step / 100],
  ['gold falls, the proxy stays', (step) => 0.6 - step / 500, () => -1],
  ['nothing happens', () => 0.5, () => -1],
])('%s: about one alarm of a hundred runs at most', (_, gold, proxy) => {
  // chance gives 8 of 400 or more to a rate of one in a hundred once in twenty times
  expect(alarms(400, gold, proxy).length).toBeLessThan(8)
})

it.each([2, 10, 100])('one step that is %d lower than others does not hide a collapse', (far) => {
  for (let seed = 0; seed < 20; seed++) {
    const proxy = noisy('proxy', seed, rising).map((value, step) => (step === 5 ? value - far : value))
    const gold = noisy('gold', seed, (step) => (step < 60 ? 0.5 + step / 400 : 0.2))
    expect(findHacking(proxy, gold)?.noticed).toBeLessThan(75)
  }
})

it('the rounding of a proxy that is always 0 is no rise', () => {
  const gold = noisy('gold', 1, peaked(0.3))
  const proxy = gold.map((_, step) => step * 1e-17)
  expect(findHacking(proxy, gold)).toBeNull()
})

it('the same alarm, watched or looked back on', () => {
  const [proxy, gold] = [noisy('proxy', 3, rising), noisy('gold', 3, peaked(0.3))]
  const whole = findHacking(proxy, gold)!
  for (const end of [whole.noticed, whole.noticed + 1, whole.noticed + 30])
    expect(findHacking(proxy.slice(0, end), gold.slice(0, end))).toEqual(end > whole.noticed ? whole : null)
})

it('a hack that grows is named, one that was always there is not', () => {
  const none = { repetition: 0, merging: 0, idling: 0, stopping: 0, guessing: 0, nonsense: 0 }
  const grow = noisy('checks', 1, (step) => 0.4 + step / 150)
  const stay = noisy('answers', 2, () => 0.3)
  const rows = grow.map((checks, step) => ({ hacks: { ...none, checks, answers: stay[step] } }))
  const grown = grownHacks(rows)
  expect(grown.map(({ name }) => name)).toEqual(['checks'])
  expect(grown[0].after).toBeGreaterThan(1.5)
  expect(grownHacks(rows.slice(0, 12))).toEqual([])
})
