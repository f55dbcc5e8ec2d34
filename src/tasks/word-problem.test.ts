import fc from 'fast-check'
import { expect, test } from 'vitest'
import { random } from '../reasoning/random.ts'
import { wordProblem } from './word-problem.ts'
import { quantitiesOf } from './word-problem-quantities.ts'
import type { Story } from './word-problem-story.ts'
import { things } from './word-problem-text.ts'

/** Tom has 5. Mia has twice as many. Zoe has 3 more than Mia. Tom buys 2 bags with 3 each, gives Mia 2. Tom and Mia together? */
const story: Story = {
  starts: [
    { kind: 'given', count: 5 },
    { kind: 'times', than: 0, by: 2 },
    { kind: 'more', than: 1, by: 3 },
  ],
  events: [
    { kind: 'packs', who: 0, packs: 2, each: 3 },
    { kind: 'give', who: 0, to: 1, by: 2 },
  ],
  question: { kind: 'together', people: [0, 1] },
}
const quantities = quantitiesOf(story)
const world = { ...quantities, story, people: ['Tom', 'Mia', 'Zoe'], thing: things[0] }
const truth = `${quantities.asked.value}`
const problem = { id: '', problem: '', split: 'test' as const, level: 6, truth, key: '', world }
const firstError = (...steps: string[]) => wordProblem.verify(problem, steps).firstError

const gold = [
  'Mia: 5 * 2 = 10',
  'Tom buys: 2 * 3 = 6',
  'Tom now: 5 + 6 = 11',
  'Tom now: 11 - 2 = 9',
  'Mia now: 10 + 2 = 12',
]

test.each<[string, number | null, string[]]>([
  ['all right', null, [...gold, 'Together: 9 + 12 = 21', 'Answer: 21']],
  ['a wrong start', 0, ['Mia: 5 * 2 = 15', 'Mia now: 15 + 2 = 17', 'Answer: 26']],
  ['wrong packs', 1, ['Mia: 10', 'Tom buys: 2 * 3 = 5', 'Tom now: 5 + 5 = 10', 'Answer: 20']],
  [
    'a forgotten event',
    1,
    ['Tom buys: 6', 'Tom now: 5 - 2 = 3', 'Mia now: 12', 'Together: 15', 'Answer: 15'],
  ],
  ['a total of old counts', 5, [...gold, 'Together: 11 + 12 = 23', 'Answer: 23']],
  ['only the answer', 5, [...gold, 'Answer: 22']],
  [
    'going back to an old count',
    4,
    [...gold.slice(0, 4), 'Tom now: 11', 'Together: 11 + 12 = 23', 'Answer: 23'],
  ],
  ['the first count as the count now', 1, ['Mia: 10', 'Mia now: 10', 'Together: 9 + 10 = 19', 'Answer: 19']],
  ['a false calculation with a right value', 1, ['Tom now: 5 + 5 = 11', 'Answer: 20']],
  [
    'a merged step',
    2,
    ['Tom now: 5 + 2 * 3 - 2 = 9', 'Mia now: 5 * 2 + 2 = 12', 'Together: 20', 'Answer: 20'],
  ],
  ['somebody the answer does not need', 1, ['Zoe: 10 + 3 = 14', 'Answer: 20']],
  ['a name the problem does not have', 1, ['Ben: 1 + 1 = 3', 'Answer: 20']],
  ['a question that was not asked', 1, ['Difference: 12 - 9 = 4', 'Answer: 20']],
  ['restating', 3, ['Mia has 10', 'Tom has 5 apples.', 'mia now has 12', 'Answer: 20']],
  ['restating wrongly', 1, ['Mia: 10', 'Mia has 11', 'Answer: 22']],
  ['an expression for a value', 1, ['Tom now: 5 + 6', 'Answer: 20']],
  ['no value', 1, ['Mia: 10', 'Tom now: five', 'Answer: 20']],
  ['no quantity', 0, ['5 * 2 = 10', 'Answer: 20']],
  ['cut short', 1, ['Mia: 10', 'Tom now: 5 +']],
])('%s', (_, expected, steps) => {
  expect(firstError(...steps)).toBe(expected)
})

test('a changed value is found where it stands', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 9 }), (index, seed, at, by) => {
      const problem = wordProblem.problem('train', index)
      const steps = wordProblem.solve(problem, random(seed))
      const states = [...steps.keys()].filter((step) => !/^(Check|Answer)/.test(steps[step]))
      const changed = states[at % states.length]
      const wrong = steps[changed].replace(/\d+$/, (number) => `${Number(number) + by}`)
      // a person has several counts in turn: one of those would be another true statement
      fc.pre(!problem.world.all.some(({ value }) => wrong.endsWith(` ${value}`)))
      const attempt = [...steps.slice(0, -1), 'Answer: nothing'].with(changed, wrong)
      expect(wordProblem.verify(problem, attempt).firstError).toBe(changed)
    }),
  )
})

test('values stay between 0 and 60, and the text gives every number that the answer needs', () => {
  for (let index = 0; index < 500; index++) {
    const { problem, world } = wordProblem.problem('harder', index)
    for (const { value } of world.all) expect(value >= 0 && value <= 60).toBe(true)
    for (const name of world.people) expect(problem).toContain(`${name} has `)
    for (const { kind, ...event } of world.story.events)
      if ('by' in event) expect(problem).toContain(` ${event.by}`)
  }
})

test('what happens comes after what was at first, in its own order', () => {
  for (let index = 0; index < 500; index++) {
    const { problem, world } = wordProblem.problem('test', index)
    const sentences = problem.split(/(?<=[.?]) /)
    const first = sentences.findIndex((sentence) => /^(Then|Later|Next) /.test(sentence))
    expect(sentences.filter((sentence) => /^(Then|Later|Next) /.test(sentence))).toHaveLength(
      world.story.events.length,
    )
    if (first >= 0) {
      expect(sentences[first]).toMatch(/^Then /)
      expect(sentences.length - 1 - first).toBe(world.story.events.length)
      for (const [at, { who }] of world.story.events.entries())
        expect(sentences[first + at]).toMatch(new RegExp(`^\\w+ ${world.people[who]} `))
    }
  }
})
