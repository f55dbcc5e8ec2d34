import type { Random } from '../reasoning/random.ts'
import { curriculum } from './curriculum.ts'
import { canonical, type Expression, evaluate, parseExpression, plain } from './expression.ts'
import { defineTask, type StepReader, withoutStop } from './task.ts'
import { type Quantities, type Quantity, quantitiesOf, writtenOut } from './word-problem-quantities.ts'
import { drawPlan, drawStory, type Story } from './word-problem-story.ts'
import { type Things, tell, things } from './word-problem-text.ts'
import { names } from './words.ts'

export interface WordProblem extends Quantities {
  story: Story
  people: string[]
  thing: Things
}

const largestValue = 60

/**
 * People have, compare, gain, lose and give things; how many in the end? Level = quantities to work out.
 *
 * A step names the quantity it works out: `Mia: 5 * 2 = 10` (at first), `Tom now: 5 + 4 = 9` (after events),
 * `Tom buys: 2 * 3 = 6`, `Together: 9 + 10 = 19`, `Difference: 10 - 9 = 1`. `Tom has 9` and `Tom now has 9` read alike.
 *
 * The state of a solution is the values it has given to the quantities that the answer needs. A step is wrong when
 *   - it gives such a quantity a value that it does not have. `Mia` may have any count she has at some time;
 *     `Mia now` one she has after an event, and not one before the last that was named with `now`;
 *   - it names no quantity or states no value that can be read.
 * Harmless are: quantities that the answer does not need or that the problem does not have, restating, leaving out,
 * any order, and a value that is right in spite of its calculation (`Tom now: 5 + 3 = 9`).
 */
export const wordProblem = defineTask<WordProblem>({
  name: 'word-problem',
  levels: curriculum['word-problem'],
  draw,
  key: ({ story, asked }) => `${story.question.kind}|${canonical(writtenOut(asked))}`,
  text: ({ story, people, thing }, random) => tell(story, people, thing, random),
  truth: ({ asked }) => `${asked.value}`,
  solve,
  follow,
})

const attemptsPerPlan = 200

function draw(level: number, random: Random): WordProblem | null {
  const plan = drawPlan(level, random)
  for (let attempt = 0; attempt < attemptsPerPlan; attempt++) {
    const story = drawStory(plan, level, random)
    const quantities = quantitiesOf(story)
    if (levelOf(quantities) !== level || !isSensible(story, quantities)) continue
    if (countIrrelevant(story, quantities) > plan.irrelevant) continue
    const people = random.shuffle(names).slice(0, plan.people)
    return { ...quantities, story, people, thing: random.pick(things) }
  }
  return null
}

function levelOf({ needed }: Quantities): number {
  return [...needed].filter((quantity) => !quantity.given).length
}

/** Small values, and verification without doubt: a person's counts differ, and each buys packs once at most. */
function isSensible(story: Story, { all, timelines, asked }: Quantities): boolean {
  const buyers = story.events.filter((event) => event.kind === 'packs').map((event) => event.who)
  return (
    all.every(({ value }) => value >= 0 && value <= largestValue) &&
    timelines.every(([first]) => first.value > 1) &&
    timelines.every((counts) => new Set(counts.map(({ value }) => value)).size === counts.length) &&
    new Set(buyers).size === buyers.length &&
    (asked.kind !== 'difference' || asked.value > 0)
  )
}

/** People and events that the answer does not need. */
function countIrrelevant(story: Story, { timelines, needed }: Quantities): number {
  const used = (person: number) => needed.has(timelines[person][0])
  const changed = (person: number) => timelines[person].length > 1 && needed.has(timelines[person][1])
  const idleEvents = story.events.filter(
    (event) => !changed(event.who) && !(event.kind === 'give' && changed(event.to)),
  )
  return idleEvents.length + timelines.filter((_, person) => !used(person)).length
}

function solve({ all, needed, asked, people }: WordProblem, random: Random): string[] {
  const toWorkOut = all.filter((quantity) => needed.has(quantity) && !quantity.given)
  const merged = chooseMerged(toWorkOut, random)
  const steps: string[] = []
  for (const quantity of random.next() < 0.4 ? anyOrder(toWorkOut, random) : toWorkOut) {
    if (merged.has(quantity)) continue
    const parts = quantity.needs.map(
      (need): Expression =>
        merged.has(need) ? need.formula(need.needs.map(({ value }) => value)) : need.value,
    )
    const calculation = `${plain(quantity.formula(parts))} = ${quantity.value}`
    steps.push(`${labelOf(quantity, people)}: ${calculation}`)
    if (random.next() < 0.1) {
      const restate = quantity.person !== null && quantity.kind !== 'bought' && random.next() < 0.5
      steps.push(restate ? `${labelOf(quantity, people)} has ${quantity.value}` : `Check: ${calculation}`)
    }
  }
  steps.push(`Answer: ${asked.value}`)
  return steps
}

/** Some quantities that only one person's count needs are worked out within that count's step; at most one in a step. */
function chooseMerged(quantities: readonly Quantity[], random: Random): Set<Quantity> {
  const merged = new Set<Quantity>()
  for (const quantity of quantities) {
    const [user, ...more] = quantities.filter(({ needs }) => needs.includes(quantity))
    if (user === undefined || user.person === null || more.length > 0) continue
    const free = [...user.needs, ...quantity.needs].every((other) => !merged.has(other))
    if (free && random.next() < 0.15) merged.add(quantity)
  }
  return merged
}

/** A random order in which every quantity comes after those it needs. */
function anyOrder(quantities: readonly Quantity[], random: Random): Quantity[] {
  const waiting = new Set(quantities)
  const order: Quantity[] = []
  while (waiting.size > 0) {
    const next = random.pick([...waiting].filter(({ needs }) => !needs.some((need) => waiting.has(need))))
    waiting.delete(next)
    order.push(next)
  }
  return order
}

function labelOf({ kind, person }: Quantity, people: readonly string[]): string {
  if (person === null) return kind === 'together' ? 'Together' : 'Difference'
  return people[person] + { 'at first': '', now: ' now', bought: ' buys', together: '', difference: '' }[kind]
}

function follow({ all, timelines, needed, people }: WordProblem): StepReader {
  const persons = new Map(people.map((name, person) => [name.toLowerCase(), person]))
  const others = new Map(all.map((quantity) => [labelOf(quantity, people).toLowerCase(), quantity]))
  /** How far `... now` has come along each person's counts. */
  const latest = people.map(() => 1)
  return (step) => {
    const statement = readStatement(step)
    if (statement === null) return false
    const { label, value } = statement
    const now = label.endsWith(' now')
    const person = persons.get(now ? label.slice(0, -4) : label)
    if (person === undefined) {
      const quantity = others.get(label)
      return quantity === undefined || !needed.has(quantity) || quantity.value === value
    }
    const counts = timelines[person]
    const from = now ? Math.min(latest[person], counts.length - 1) : 0
    const at = counts.findIndex((count, time) => time >= from && count.value === value)
    if (now && at > 0) latest[person] = at
    return at >= 0 || !needed.has(counts[from])
  }
}

/** `label: ... = value`, `label: value` or `label has value`; the label in lower case. A unit may follow the value. */
function readStatement(step: string): { label: string; value: number } | null {
  const text = withoutStop(step)
  const colon = text.indexOf(':')
  const has = text.indexOf(' has ')
  const end = colon >= 0 ? colon : has
  if (end <= 0) return null
  const rest = text.slice(end + (colon >= 0 ? 1 : 5))
  const value = valueIn(rest.slice(rest.lastIndexOf('=') + 1))
  return value === null ? null : { label: text.slice(0, end).trim().toLowerCase(), value }
}

function valueIn(text: string): number | null {
  const expression = parseExpression(text.replace(/ [a-z]+$/i, ''))
  return expression === null ? null : evaluate(expression)
}
