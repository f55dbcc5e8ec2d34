/** Short common names, so that a small vocabulary holds them whole. */
export const names = [
  'Alice',
  'Anna',
  'Ben',
  'Bob',
  'Carl',
  'Claire',
  'Dave',
  'Emma',
  'Eve',
  'Finn',
  'Jack',
  'Leo',
  'Lily',
  'Max',
  'Mia',
  'Nina',
  'Sam',
  'Tom',
  'Tina',
  'Zoe',
] as const

/** The people of a puzzle, always in this order: who comes second is then looked up by the name alone. */
export const friends = ['Alice', 'Bob', 'Claire', 'Dave', 'Eve'] as const

/** `Ann`, `Ann and Bob`, `Ann, Bob and Cid`, with `and` between the last two. */
export function listed(items: readonly string[], and = ' and '): string {
  return items.length < 2 ? items.join() : items.slice(0, -1).join(', ') + and + items.at(-1)
}
