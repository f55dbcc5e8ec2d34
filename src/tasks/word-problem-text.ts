import type { Random } from '../reasoning/random.ts'
import type { Happening, Question, Start, Story } from './word-problem-story.ts'
import { listed } from './words.ts'

/** What is counted, what holds several, and what people do with it. */
export interface Things {
  noun: string
  container: string
  gain: readonly string[]
  lose: readonly string[]
}

export const things: readonly Things[] = [
  { noun: 'apples', container: 'bags', gain: ['buys', 'picks', 'finds'], lose: ['eats', 'sells'] },
  { noun: 'eggs', container: 'boxes', gain: ['buys', 'finds'], lose: ['eats', 'breaks', 'sells'] },
  { noun: 'nuts', container: 'bags', gain: ['buys', 'picks', 'finds'], lose: ['eats', 'loses'] },
  { noun: 'books', container: 'boxes', gain: ['buys', 'gets'], lose: ['sells', 'loses'] },
  { noun: 'cards', container: 'packs', gain: ['buys', 'wins', 'gets'], lose: ['loses', 'sells'] },
  { noun: 'marbles', container: 'bags', gain: ['buys', 'wins', 'finds'], lose: ['loses', 'sells'] },
  { noun: 'pens', container: 'boxes', gain: ['buys', 'gets', 'finds'], lose: ['loses', 'sells'] },
  { noun: 'stickers', container: 'packs', gain: ['buys', 'gets', 'wins'], lose: ['loses', 'uses'] },
]

const otherThings = ['hats', 'toys', 'cups', 'coins', 'balls', 'keys']

/**
 * The story told: first what everybody has at first, in some order, then what happens, in the order in which it
 * happens, then the question. The noun may be left out once it has been said, unless other things are counted too.
 */
export function tell(story: Story, people: readonly string[], thing: Things, random: Random): string {
  const other = random.next() < 0.12 ? random.pick(otherThings) : null
  const leaveOut = other === null && random.next() < 0.6
  const order = [...story.starts.keys()]
  const facts = (random.next() < 0.25 ? random.shuffle(order) : order).map((person, index) =>
    tellStart(story.starts[person], people, person, thing, !(leaveOut && index > 0)),
  )
  if (other !== null) {
    const owner = random.int(0, people.length - 1)
    const after = facts.findIndex((fact) => fact.startsWith(`${people[owner]} `))
    facts.splice(after + 1, 0, `${people[owner]} also has ${random.int(2, 20)} ${other}.`)
  }
  const events = story.events.map((event, index) => {
    const opening = index === 0 ? 'Then' : random.pick(['Then', 'Then', 'Later', 'Next'])
    return `${opening} ${tellEvent(event, people, thing, !leaveOut, random)}.`
  })
  return [...facts, ...events, ask(story, people, thing, random)].join(' ')
}

function tellStart(
  start: Start,
  people: readonly string[],
  person: number,
  thing: Things,
  noun: boolean,
): string {
  const name = people[person]
  const said = noun ? ` ${thing.noun}` : ''
  switch (start.kind) {
    case 'given':
      return `${name} has ${start.count}${said}.`
    case 'packs':
      return `${name} has ${start.packs} ${thing.container} with ${start.each} ${thing.noun} each.`
    case 'times': {
      const times = start.by === 2 ? 'twice' : `${numberWords[start.by]} times`
      return `${name} has ${times} as many${said} as ${people[start.than]}.`
    }
    default:
      return `${name} has ${start.by} ${start.kind}${said} than ${people[start.than]}.`
  }
}

const numberWords = ['zero', 'one', 'two', 'three', 'four', 'five']

function tellEvent(
  event: Happening,
  people: readonly string[],
  thing: Things,
  noun: boolean,
  random: Random,
): string {
  const name = people[event.who]
  const said = noun ? ` ${thing.noun}` : ''
  switch (event.kind) {
    case 'gain':
      return `${name} ${random.pick(thing.gain)} ${event.by} more${said}`
    case 'lose':
      return `${name} ${random.pick(thing.lose)} ${event.by}${said}`
    case 'packs':
      return `${name} buys ${event.packs} ${thing.container} with ${event.each} ${thing.noun} each`
    case 'give':
      return random.next() < 0.5
        ? `${name} gives ${event.by}${said} to ${people[event.to]}`
        : `${name} gives ${people[event.to]} ${event.by}${said}`
  }
}

function ask({ question, events }: Story, people: readonly string[], thing: Things, random: Random): string {
  const now = events.length > 0 ? ' now' : ''
  switch (question.kind) {
    case 'count':
      return now !== '' && random.next() < 0.3
        ? `How many ${thing.noun} does ${people[question.who]} have in the end?`
        : `How many ${thing.noun} does ${people[question.who]} have${now}?`
    case 'together':
      return askTogether(question, people, thing, now, random)
    case 'difference':
      return `How many more ${thing.noun} does ${people[question.more]} have than ${people[question.fewer]}${now}?`
  }
}

function askTogether(
  question: Question & { kind: 'together' },
  people: readonly string[],
  thing: Things,
  now: string,
  random: Random,
): string {
  const all = listed(question.people.map((person) => people[person]))
  return `How many ${thing.noun} do ${all} have ${random.pick(['together', 'in all'])}${now}?`
}
