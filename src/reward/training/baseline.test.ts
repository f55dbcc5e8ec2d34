import { describe, expect, it } from 'vitest'
import { crm } from '../kinds/crm.ts'
import { iprm } from '../kinds/iprm.ts'
import { kindNamed, kindNames } from '../kinds/kinds.ts'
import { maskedPrm } from '../kinds/masked-prm.ts'
import { orm } from '../kinds/orm.ts'
import { baselines, type LabelledLength } from './baseline.ts'

const right = (steps: number): LabelledLength => ({ steps, label: { correct: true, firstError: null } })
const wrong = (steps: number, firstError: number | 'unknown'): LabelledLength => ({
  steps,
  label: { correct: false, firstError },
})
const some = [right(3), right(3), right(2), wrong(3, 1), wrong(2, 'unknown'), wrong(4, 3)]

/** Of a coin that falls so. */
const entropy = (p: number) => -p * Math.log(p) - (1 - p) * Math.log(1 - p)

describe('a reward that reads nothing', () => {
  it.each([orm(), iprm({ beta: 0.05 })])('knows of outcomes how often they are right: $name', (kind) =>
    expect(baselines(kind, some, some).blind).toBeCloseTo(entropy(1 / 2), 8),
  )

  it('knows of steps how often they are the first wrong one', () => {
    const known = [right(3), right(5), wrong(4, 1)]
    // one step in ten
    expect(baselines(maskedPrm(), known, known).blind).toBeCloseTo((10 * entropy(0.1)) / 3, 8)
  })

  it.each(kindNames)('has the least loss that one read-out can have where it was fitted: %s', (name) => {
    const kind = kindNamed(name)
    const of = (readOut: number) =>
      some.reduce((sum, { steps, label }) => sum + kind.lossOf(Array(steps).fill(readOut), label), 0) /
      some.length
    const least = baselines(kind, some, some).blind
    for (let readOut = -30; readOut < 30; readOut += 0.1) expect(of(readOut)).toBeGreaterThan(least - 1e-7)
  })

  it('does not know the validation data', () => {
    const all = [right(2), right(2)]
    expect(baselines(crm(), [...all, wrong(2, 0)], all).blind).toBeGreaterThan(0.1)
    expect(baselines(crm(), all, all).blind).toBeCloseTo(0, 8)
  })
})

it('a reward starts with even odds', () => {
  expect(baselines(orm(), some, some).start).toBeCloseTo(Math.LN2, 12)
  expect(baselines(maskedPrm(), some, [right(3)]).start).toBeCloseTo(3 * Math.LN2, 12)
})
