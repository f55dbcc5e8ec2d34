import { expect, test } from 'vitest'
import { evaluate, parseExpression } from '../expression.ts'
import { multistepArithmetic } from './multistep-arithmetic.ts'
import { trackingShuffledObjects } from './tracking-shuffled-objects.ts'

/* The labels, found again by readers that know the text alone. */

const count = 1500

test('multistep arithmetic: the first step in which something is not so', () => {
  for (let index = 0; index < count; index++) {
    const { problem, steps, first_error, kind, id } = multistepArithmetic.trace('train', index)
    expect(firstErrorInArithmetic(problem, steps), [id, kind, problem, ...steps].join('\n')).toBe(first_error)
  }
})

test('tracking shuffled objects: the first step in which something is not so', () => {
  for (let index = 0; index < count; index++) {
    const { problem, steps, first_error, kind, id } = trackingShuffledObjects.trace('train', index)
    expect(firstErrorInShuffle(problem, steps), [id, kind, problem, ...steps].join('\n')).toBe(first_error)
  }
})

function valueIn(text: string): number {
  const expression = parseExpression(text)
  if (expression === null) throw new Error(`cannot be read: ${text}`)
  return evaluate(expression)
}

/** Numbers and operators alone. */
function tokens(text: string): string {
  return text.replaceAll(/[()]/g, '').trim()
}

function allEqual(sides: readonly string[]): boolean {
  const values = sides.map(valueIn)
  return values.every((value) => value === values[0])
}

function firstErrorInArithmetic(problem: string, steps: readonly string[]): number | null {
  const asked = problem.replace(/ =$/, '')
  const [, form, where] = /^\D*?"?(\(?[A-E(][^"a-z]*[A-E]\)?)"?, where (.*)\.$/.exec(
    steps[0],
  ) as RegExpExecArray
  const definitions = new Map<string, string>()
  for (const [, letter, text] of where.matchAll(/([A-E]) = (.*?)(?=,? and [A-E] =|, [A-E] =|$)/g))
    definitions.set(letter, text)
  let rest = asked
  for (const letter of form.match(/[A-E]/g) ?? []) {
    const text = definitions.get(letter)
    const at = text === undefined ? -1 : rest.indexOf(text)
    if (text === undefined || !/^[-+* ()]*$/.test(rest.slice(0, Math.max(at, 0))) || at < 0) return 0
    rest = rest.slice(at + text.length)
  }
  const spelled = form.replaceAll(/[A-E]/g, (letter) => `(${definitions.get(letter)})`)
  if (!/^[ )]*$/.test(rest) || !allEqual([spelled, asked])) return 0

  const values = new Map<string, number>()
  for (const [index, step] of steps.entries()) {
    if (index === 0) continue
    if (index < steps.length - 1) {
      const [, letter, equation] = /([A-E]) = (.*?)\.?$/.exec(step) as RegExpExecArray
      const sides = equation.split(' = ')
      if (sides[0] !== definitions.get(letter) || !allEqual(sides)) return index
      values.set(letter, valueIn(sides[sides.length - 1]))
      continue
    }
    const [, shown, numbers, answer] = /(\(?[A-E(][^a-z=]*) = ([^a-z]*)\. \w*.*answer is (-?\d+)\.?$/.exec(
      step,
    ) as RegExpExecArray
    const put = tokens(form).replaceAll(/[A-E]/g, (letter) => `${values.get(letter)}`)
    const sides = numbers.split(' = ')
    if (tokens(shown) !== tokens(form) || tokens(sides[0]) !== put) return index
    if (!allEqual([...sides, answer])) return index
  }
  return null
}

interface Story {
  people: string[]
  items: string[]
  swaps: string[][]
  asked: string
}

function readStory(problem: string): Story {
  const [opening, story, , ...options] = problem.split('\n')
  const people = [
    ...opening.replace(/^.*?: /, '').matchAll(/(\w+) (?:has a|gets|is playing|is dancing with) /g),
  ]
  return {
    people: people.map(([, person]) => person),
    items: options.map((option) => option.slice(4, -1)),
    swaps: [...story.matchAll(/(?:First|Then|Finally), (\w+) and (\w+) /g)].map(([, a, b]) => [a, b]),
    asked: (/At the end of the \w+, (\w+) /.exec(story) as RegExpExecArray)[1],
  }
}

/** Is it the item, or its distinctive word? */
function means(said: string, item: string): boolean {
  const [short, long] = [said.toLowerCase(), item.toLowerCase()]
  return short === long || long.split(/[ -]/).includes(short)
}

function firstErrorInShuffle(problem: string, steps: readonly string[]): number | null {
  const { people, items, swaps, asked } = readStory(problem)
  const held = new Map(people.map((person, position) => [person, items[position]]))
  const personOf = (name: string) => people.find((person) => person === name || person[0] === name)
  let made = 0
  for (const [index, step] of steps.entries()) {
    const [, state, option] = /^(.*?)(?:So the answer is \((\w)\))?$/.exec(step) as RegExpExecArray
    const ending = /^At the end of the \w+, (\w+) (?:has the|has|is playing|is dancing with) (.*)\. $/.exec(
      state,
    )
    if (ending && !(ending[1] === asked && means(ending[2], held.get(asked) as string))) return index
    if (!ending && state !== '') {
      const [, a, b, list] =
        /(\w+) and (\w+) (?:swap|trade|switch)[a-z ]*(?:, so)?[:,] (.*)$/.exec(state) ??
        /^()()(?:(?:At|To|Start|Initially)[a-z ]*: )?(.*)$/.exec(state) ??
        []
      const isStart = index === 0 && a === ''
      if (!isStart) {
        const pair = swaps[made++]
        if (pair === undefined) return index
        if (a && [personOf(a), personOf(b)].sort().join() !== [...pair].sort().join()) return index
        const [first, second] = pair.map((person) => held.get(person) as string)
        held.set(pair[0], second).set(pair[1], first)
      }
      const parts = list.trim().replace(/\.$/, '').split(', ')
      const said = new Map(parts.map((part) => part.split(/: | has /) as [string, string]))
      const all = new Set([...said.keys()].map(personOf))
      if (all.size < people.length) return index
      for (const [name, item] of said)
        if (!means(item, held.get(personOf(name) as string) as string)) return index
    }
    if (option) {
      const answer = items[option.charCodeAt(0) - 65]
      if (made < swaps.length || answer !== held.get(asked)) return index
    }
  }
  return null
}
