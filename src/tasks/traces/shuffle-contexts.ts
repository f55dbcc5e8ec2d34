import type { Random } from '../../reasoning/random.ts'
import { chance } from './trace.ts'

/** Something to have, as the problem says it and as a solution may shorten it. */
export interface Item {
  full: string
  short: string
}

/** What people may have and swap: the sentences of a problem and of its solution. */
export interface Context {
  items(count: number, random: Random): Item[]
  /** After the names, up to the list of who has what. */
  opening: string
  starts(person: string, item: string): string
  progress: string
  /** What a pair does, in the problem. */
  swap: string
  /** The same in a solution. */
  swaps: readonly string[]
  end: string
  ask(person: string): string
  holds(person: string, item: string): string
}

const colours = [
  ...['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'black', 'white', 'brown'],
  ...['gray', 'golden', 'silver', 'turquoise', 'violet', 'beige'],
]

function coloured(count: number, random: Random, noun: () => string): Item[] {
  return random
    .shuffle(colours)
    .slice(0, count)
    .map((short) => ({ full: `${short} ${noun()}`, short }))
}

function oneOf(items: readonly (string | [full: string, short: string])[]): Context['items'] {
  return (count, random) =>
    random
      .shuffle(items)
      .slice(0, count)
      .map((item) =>
        typeof item === 'string' ? { full: item, short: item } : { full: item[0], short: item[1] },
      )
}

const game: Context = {
  items: (count, random) => coloured(count, random, () => 'ball'),
  opening: 'are playing a game. At the start of the game, they are each holding a ball',
  starts: (person, item) => `${person} has a ${item}`,
  progress: 'As the game progresses, pairs of players trade balls.',
  swap: 'swap balls',
  swaps: ['swap balls', 'swap balls', 'swap'],
  end: 'At the end of the game',
  ask: (person) => `${person} has the`,
  holds: (person, item) => `${person} has the ${item}`,
}

const gifts: Context = {
  items: (count, random) => coloured(count, random, () => (chance(0.3, random) ? 'ball' : 'present')),
  opening:
    'are holding a white elephant gift exchange. At the start of the event, they are each holding a present of a different color',
  starts: (person, item) => `${person} has a ${item}`,
  progress: 'As the event progresses, pairs of people swap gifts.',
  swap: 'swap their gifts',
  swaps: ['swap', 'swap', 'swap their gifts', 'swap gifts'],
  end: 'At the end of the event',
  ask: (person) => `${person} has the`,
  holds: (person, item) => `${person} has the ${item}`,
}

const books: Context = {
  items: oneOf([
    ['The Great Gatsby', 'Gatsby'],
    ['The Odyssey', 'Odyssey'],
    ['The Pearl', 'Pearl'],
    ['The Fellowship of the Ring', 'Fellowship'],
    ['Hound of the Baskervilles', 'Hound'],
    ['Catch-22', 'Catch'],
    ['The Iliad', 'Iliad'],
    ['The Trial', 'Trial'],
    ['The Tempest', 'Tempest'],
    ['The Time Machine', 'Machine'],
    ['Pride and Prejudice', 'Pride'],
    ['Treasure Island', 'Treasure'],
    ['Wuthering Heights', 'Heights'],
    ['Brave New World', 'Brave'],
    ['War and Peace', 'War'],
    ...['Ulysses', 'Moby Dick', 'Lolita', 'Frankenstein', 'Dracula', 'Emma', 'Hamlet', 'Walden', 'Candide'],
    ...['Middlemarch', 'Don Quixote', 'Macbeth', 'Oliver Twist', 'Jane Eyre', 'Robinson Crusoe'],
  ]),
  opening:
    'are friends and avid readers who occasionally trade books. At the start of the semester, they each buy one new book',
  starts: (person, item) => `${person} gets ${item}`,
  progress: 'As the semester proceeds, they start trading around the new books.',
  swap: 'swap books',
  swaps: ['swap books', 'swap'],
  end: 'At the end of the semester',
  ask: (person) => `${person} has`,
  holds: (person, item) => `${person} has ${item}`,
}

const dance: Context = {
  items: oneOf([
    ...['Karl', 'Rodrigo', 'Helga', 'Jamie', 'Lola', 'Ophelia', 'Patrick', 'Izzi', 'Melissa', 'Sam'],
    ...['Hugo', 'Ivan', 'Kate', 'Rosa', 'Paul', 'Nadia', 'Oscar', 'Quentin', 'Tara', 'Ursula', 'Victor'],
    ...['Wendy', 'Yusuf', 'Zelda', 'Henrik', 'Ingrid', 'Kira', 'Leon', 'Mona', 'Nils'],
  ]),
  opening: 'are dancers at a square dance. At the start of a song, they each have a partner',
  starts: (person, item) => `${person} is dancing with ${item}`,
  progress: 'Throughout the song, the dancers often trade partners.',
  swap: 'switch partners',
  swaps: ['switch partners', 'switch partners', 'switch'],
  end: 'At the end of the dance',
  ask: (person) => `${person} is dancing with`,
  holds: (person, item) => `${person} is dancing with ${item}`,
}

const soccer: Context = {
  items: oneOf([
    ...['striker', 'benchwarmer', 'center midfielder', 'right midfielder', 'left midfielder', 'right winger'],
    ...[
      'left winger',
      'goalkeeper',
      'fullback',
      'cheerleader',
      'sweeper',
      'left back',
      'right back',
      'captain',
    ],
    ...['center forward', 'defender', 'substitute', 'referee'],
  ]),
  opening:
    'are on the same team in a soccer match. At the start of the match, they are each assigned to a position',
  starts: (person, item) => `${person} is playing ${item}`,
  progress: 'As the game progresses, pairs of players occasionally swap positions.',
  swap: 'trade positions',
  swaps: ['trade positions', 'trade positions', 'trade'],
  end: 'At the end of the match',
  ask: (person) => `${person} is playing`,
  holds: (person, item) => `${person} is playing ${item}`,
}

const hats: Context = {
  ...game,
  items: (count, random) => coloured(count, random, () => 'hat'),
  opening: 'are children at a birthday party. At the start of the party, each of them gets a paper hat',
  starts: (person, item) => `${person} gets a ${item}`,
  progress: 'During the party, pairs of children trade hats.',
  swap: 'trade hats',
  swaps: ['trade hats', 'swap hats', 'trade'],
  end: 'At the end of the party',
}

const band: Context = {
  ...soccer,
  items: oneOf(
    [
      'piano',
      'flute',
      'drum',
      'violin',
      'harp',
      'guitar',
      'trumpet',
      'cello',
      'banjo',
      'oboe',
      'tuba',
      'organ',
    ].map((instrument) => [`the ${instrument}`, instrument]),
  ),
  opening: 'play in the same band. At the start of the concert, they each have an instrument',
  progress: 'As the concert goes on, pairs of players switch instruments.',
  swap: 'switch instruments',
  swaps: ['switch instruments', 'swap instruments', 'switch'],
  end: 'At the end of the concert',
}

const pets: Context = {
  ...game,
  items: oneOf(
    [
      'cat',
      'dog',
      'hamster',
      'rabbit',
      'parrot',
      'turtle',
      'snake',
      'goat',
      'pony',
      'duck',
      'mouse',
      'lizard',
    ].map((pet) => [`${pet}`, pet]),
  ),
  opening:
    "are neighbors who look after each other's pets. At the start of the week, each of them has one pet",
  progress: 'As the week goes by, pairs of neighbors trade pets.',
  swap: 'trade pets',
  swaps: ['trade pets', 'swap pets', 'trade'],
  end: 'At the end of the week',
}

const threes = [books, dance, gifts, soccer]
const others = [hats, band, pets]

/** What a crowd of this size swaps: three people mostly what BIG-bench has for three, more of them mostly balls. */
export function drawContext(people: number, random: Random): Context {
  if (chance(0.1, random)) return random.pick(others)
  const usual = people === 3 ? 0.9 : 0.35
  return chance(usual, random) ? random.pick(threes) : game
}
