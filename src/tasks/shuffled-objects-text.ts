/** One thing people may have and swap. */
export interface Context {
  /** After the names: `each hold a ball`. */
  opening: string
  items: readonly string[]
  /** What a pair does: `trade balls`. */
  trade: string
  askItem: (person: string) => string
  askPerson: (item: string) => string
}

export const contexts: readonly Context[] = [
  {
    opening: 'Balls',
    items: ['red', 'blue', 'green', 'black', 'white', 'yellow'],
    trade: 'trade balls',
    askItem: (person) => `Which ball does ${person} hold now?`,
    askPerson: (item) => `Who holds the ${item} ball now?`,
  },
  {
    opening: 'Gifts',
    items: ['kite', 'lamp', 'scarf', 'clock', 'puzzle', 'doll'],
    trade: 'trade gifts',
    askItem: (person) => `Which gift does ${person} have now?`,
    askPerson: (item) => `Who has the ${item} now?`,
  },
  {
    opening: 'Books',
    items: ['art', 'history', 'music', 'science', 'travel', 'sport'],
    trade: 'trade books',
    askItem: (person) => `Which book does ${person} have now?`,
    askPerson: (item) => `Who has the ${item} book now?`,
  },
  {
    opening: 'Partners',
    items: ['Hugo', 'Ivan', 'Kate', 'Lola', 'Rosa', 'Paul'],
    trade: 'trade partners',
    askItem: (person) => `Who is the partner of ${person} now?`,
    askPerson: (item) => `Who dances with ${item} now?`,
  },
  {
    opening: 'Chairs',
    items: ['red', 'blue', 'green', 'black', 'white', 'yellow'],
    trade: 'trade chairs',
    askItem: (person) => `Which chair does ${person} have now?`,
    askPerson: (item) => `Who has the ${item} chair now?`,
  },
  {
    opening: 'Instruments',
    items: ['piano', 'flute', 'drum', 'violin', 'harp', 'guitar'],
    trade: 'trade instruments',
    askItem: (person) => `Which instrument does ${person} play now?`,
    askPerson: (item) => `Who plays the ${item} now?`,
  },
]

type Pair = readonly [string, string]

/** The swaps as sentences, in the order in which they happen. */
export const swapPhrasings: readonly ((pairs: readonly Pair[], trade: string) => string)[] = [
  (pairs) => pairs.map(([a, b], index) => `${index > 0 ? 'Then ' : ''}${a} and ${b} swap.`).join(' '),
  (pairs) => pairs.map(([a, b], index) => `${index > 0 ? 'Then ' : 'First '}${a} swaps with ${b}.`).join(' '),
  (pairs) =>
    `First ${pairs.map(([a, b], index) => `${a} and ${b}${index > 0 ? '' : ' swap'}`).join(', then ')}.`,
  (pairs, trade) =>
    `First ${pairs.map(([a, b], index) => `${a} and ${b}${index > 0 ? '' : ` ${trade}`}`).join(', then ')}.`,
]
