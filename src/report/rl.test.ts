import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import type { RlPoint, RlSet } from '../evaluate/rl-bench/report.ts'
import { rlCourse, rlGroups, rlPlot, rlViews, writeRl } from './rl.ts'

const curve = [0, 5, 10].map(
  (step): RlPoint => ({
    ...{ step, proxy: -2 + step / 10, gold: 0.5 + step / 100, kl: step / 100, tokens: 80, steps: 5 },
    ...{ step_length: 20, repetition: 0.1, redundant: 0.1, entropy: 0.1 },
  }),
)
const arm = (name: string, hacked: number | null = null) => ({
  arm: name,
  curve,
  seeds: [{ hacked }, { hacked: null }],
})
const verifiable = { ...arm('vr'), curve: curve.map((point) => ({ ...point, proxy: null })) }

it('the course of an arm has gold, proxy and the step from which it was gamed', () => {
  const gamed = rlCourse('arithmetic', arm('prm-sum', 5))!
  for (const part of ['>gold<', '>proxy<', '>gamed from 5<']) expect(gamed).toContain(part)
  expect(rlCourse('arithmetic', arm('crm'))).not.toContain('gamed')
  // a verifiable reward is no proxy
  expect(rlCourse('arithmetic', verifiable)).not.toContain('>proxy<')
  expect(rlCourse('arithmetic', { ...arm('crm'), curve: curve.slice(0, 1) })).toBeNull()
})

it('every view is drawn of what has it', () => {
  for (const view of rlViews) expect(rlPlot('arithmetic', [arm('crm')], view)).toContain('>crm<')
  expect(rlPlot('arithmetic', [verifiable], 'proxy-gold')).toBeNull()
  expect(rlPlot('arithmetic', [verifiable], 'gold')).toContain('>vr<')
})

it('rewards alone, and beside the verifiable one where there are some', () => {
  const names = (arms: string[]) =>
    rlGroups(arms.map((each) => arm(each))).map(({ arms }) => arms.map(({ arm }) => arm))
  expect(names(['crm', 'vr', 'crm+vr'])).toEqual([
    ['crm', 'vr'],
    ['vr', 'crm+vr'],
  ])
  expect(names(['vr'])).toEqual([['vr']])
  expect(names(['crm+vr'])).toEqual([['crm+vr']])
})

it('results and plots are files of their own names', async () => {
  const folder = scratchFolder()
  const sets = [{ task: 'arithmetic', arms: [arm('crm'), verifiable, arm('crm+vr')] }] as unknown as RlSet[]
  const files = await writeRl(folder, { sets })
  expect(new Set(files).size).toBe(1 + 2 * rlViews.length)
  expect(readdirSync(folder)).toContain('arithmetic-kl-gold-vr.svg')
})
