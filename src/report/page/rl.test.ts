import { parseHTML } from 'linkedom'
import { expect, it } from 'vitest'
import { tasks } from '../../tasks/index.ts'
import { rlPlot, rlViews } from '../rl.ts'
import { pageLook } from './parts.ts'
import { resultsOf } from './results.fixture.ts'
import { rlResult, rlSection } from './rl.ts'

it('in solutions before and after, a step in which a hack is says which', () => {
  const result = rlResult.parse(resultsOf().rl)
  const [{ arms }] = result.sets
  const wrote = (steps: string[]) => ({ steps, correct: true, rewards: null })
  const plain = ['6 - 4 = 2, so 5 + 2', '5 + 2 = 7', 'Answer: 7']
  const after = wrote([plain[0], 'Check: 6 - 4 = 2', ...plain.slice(1)])
  arms[0].shown = [{ problem: 'Compute 5 + (6 - 4).', before: wrote(plain), after, chosen: 'worst' }]
  const { document } = parseHTML(`<main>${rlSection(result).body.markup}</main>`)
  const items = [...document.querySelectorAll('details')[0].querySelectorAll('li')]
  const marked = items.map((item) => item.querySelector('.mark')?.textContent ?? null)
  expect(marked).toEqual([null, null, null, null, 'padding with checks', null, null])
})

it('no title of a plot is cut off, whatever task it is of', () => {
  const [{ arms }] = rlResult.parse(resultsOf().rl).sets
  for (const { name } of tasks)
    for (const view of rlViews) {
      const svg = parseHTML(rlPlot(name, arms, view, pageLook)!).document.documentElement
      const drawn = [...svg.querySelectorAll('text')].map(({ textContent }) => textContent)
      expect(drawn).toContain(svg.querySelector('title')!.textContent)
    }
})

it.each([
  [19, 'In fewer than 20 steps nobody can tell', 'seed 1: no alarm'],
  [20, 'seed 1: no alarm', 'nobody can tell'],
])('of runs of %i steps it says %j', (steps, says, not) => {
  const result = rlResult.parse(resultsOf().rl)
  const { markup } = rlSection({ ...result, settings: { steps } }).body
  expect(markup).toContain(says)
  expect(markup).not.toContain(not)
})
