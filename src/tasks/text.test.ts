import { expect, test } from 'vitest'
import { arithmetic } from './arithmetic.ts'
import { type Expression, evaluate, parseExpression } from './expression.ts'
import { splits } from './index.ts'
import { shuffledObjects } from './shuffled-objects.ts'
import { wordProblem } from './word-problem.ts'

/* The texts answered by readers that know nothing but the English: what a problem says is what its truth rests on. */

const everywhere = (count: number, check: (split: (typeof splits)[number], index: number) => void) => {
  for (const split of splits) for (let index = 0; index < count; index++) check(split, index)
}

test('arithmetic texts say the expression', () => {
  everywhere(200, (split, index) => {
    const { problem, truth } = arithmetic.problem(split, index)
    const [, expression] = /^(?:Compute|What is|Find the value of) (.+)[.?]$/.exec(problem) as RegExpExecArray
    expect(`${evaluate(parseExpression(expression) as Expression)}`, problem).toBe(truth)
  })
})

const times: Record<string, number> = { twice: 2, 'three times': 3, 'four times': 4, 'five times': 5 }

function answerWordProblem(text: string): number {
  const sentences = text.split(/(?<=[.?]) /)
  const [, noun] = /^How many (?:more )?(\w+) do/.exec(sentences.at(-1) as string) as RegExpExecArray
  const count = new Map<string, number>()
  const have = (person: string) => {
    const held = count.get(person)
    if (held === undefined) throw new Error(`nothing known of ${person}`)
    return held
  }
  const rules: [RegExp, (...parts: string[]) => unknown][] = [
    [/^(\w+) also has \d+ \w+\.$/, () => {}],
    [/^(\w+) has (\d+)(?: (\w+))?\.$/, (person, held) => count.set(person, Number(held))],
    [
      /^(\w+) has (\d+) \w+ with (\d+) (\w+) each\.$/,
      (person, packs, each) => count.set(person, Number(packs) * Number(each)),
    ],
    [
      /^(\w+) has (\d+) more(?: \w+)? than (\w+)\.$/,
      (person, by, than) => count.set(person, have(than) + Number(by)),
    ],
    [
      /^(\w+) has (\d+) fewer(?: \w+)? than (\w+)\.$/,
      (person, by, than) => count.set(person, have(than) - Number(by)),
    ],
    [
      /^(\w+) has ([a-z ]+) as many(?: \w+)? as (\w+)\.$/,
      (person, by, than) => count.set(person, have(than) * times[by]),
    ],
    [
      /^\w+ (\w+) buys (\d+) \w+ with (\d+) \w+ each\.$/,
      (person, packs, each) => count.set(person, have(person) + Number(packs) * Number(each)),
    ],
    [
      /^\w+ (\w+) (?:buys|picks|finds|gets|wins) (\d+) more(?: \w+)?\.$/,
      (person, by) => count.set(person, have(person) + Number(by)),
    ],
    [
      /^\w+ (\w+) (?:eats|sells|breaks|loses|uses) (\d+)(?: \w+)?\.$/,
      (person, by) => count.set(person, have(person) - Number(by)),
    ],
    [/^\w+ (\w+) gives (\d+)(?: \w+)? to (\w+)\.$/, (from, by, to) => give(from, to, Number(by))],
    [/^\w+ (\w+) gives ([A-Z]\w+) (\d+)(?: \w+)?\.$/, (from, to, by) => give(from, to, Number(by))],
  ]
  const give = (from: string, to: string, by: number) => {
    count.set(from, have(from) - by)
    count.set(to, have(to) + by)
  }
  // facts may come in any order, each after the one that it refers to has been understood; events stand last, in order
  let waiting = sentences.slice(0, -1)
  const isEvent = (sentence: string) => /^(Then|Later|Next) /.test(sentence)
  const events = waiting.filter(isEvent)
  waiting = waiting.filter((sentence) => !isEvent(sentence))
  const read = (sentence: string) => {
    const [pattern, apply] = rules.find(([pattern]) => pattern.test(sentence)) ?? []
    if (!pattern || !apply) throw new Error(`not understood: ${sentence}`)
    apply(...(pattern.exec(sentence) as RegExpExecArray).slice(1))
  }
  while (waiting.length > 0) {
    const known = waiting.filter((sentence) => {
      const than = /(?:than|many \w+ as|many as) (\w+)\.$/.exec(sentence)?.[1]
      return than === undefined || count.has(than)
    })
    known.forEach(read)
    waiting = waiting.filter((sentence) => !known.includes(sentence))
  }
  events.forEach(read)
  const question = sentences.at(-1) as string
  const people = [...question.matchAll(/[A-Z]\w+/g)].map(([name]) => name).slice(1)
  expect(question).toContain(` ${noun} `)
  if (question.startsWith('How many more')) return have(people[0]) - have(people[1])
  return people.reduce((sum, person) => sum + have(person), 0)
}

test('word problems say what is worked out', () => {
  everywhere(400, (split, index) => {
    const { problem, truth } = wordProblem.problem(split, index)
    expect(`${answerWordProblem(problem)}`, problem).toBe(truth)
  })
})

function answerShuffle(text: string): string {
  const [, having, rest] = /^[^:]+: ([^.]+)\. (.+)$/.exec(text) as RegExpExecArray
  const held = new Map(having.split(', ').map((pair) => pair.split(' ') as [string, string]))
  const [, story, question] = /^(.*\.) ([^.]+\?)$/.exec(rest) as RegExpExecArray
  for (const swap of story.split(/\. |, |\.$/).filter(Boolean)) {
    const [, having] = / whoever has (\w+)/.exec(swap) ?? []
    const holder = [...held].find(([, item]) => item === having)?.[0] ?? ''
    const named = swap.replace(/whoever has \w+/, holder)
    const [a, b] = [...named.matchAll(/[A-Z]\w+/g)].map(([name]) => name).filter((name) => held.has(name))
    const [first, second] = [held.get(a) as string, held.get(b) as string]
    held.set(a, second).set(b, first)
  }
  const words = question.split(/[ ?]/)
  const person = words.find((word) => held.has(word))
  if (person !== undefined) return held.get(person) as string
  return [...held].find(([, item]) => words.includes(item))?.[0] as string
}

test('shuffles say who ends up with what', () => {
  everywhere(400, (split, index) => {
    const { problem, truth } = shuffledObjects.problem(split, index)
    expect(answerShuffle(problem), problem).toBe(truth)
  })
})
