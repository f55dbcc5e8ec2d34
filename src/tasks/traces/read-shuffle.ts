/** What a first mistake in a trace about shuffled objects looks like, by the text alone. */
export const shuffleReadings = [
  'nothing changes',
  'two others change',
  'three change',
  'four or more change',
  'held twice',
  'left out',
  'another swap',
  'start',
  'answer',
  'not seen',
] as const

export type ShuffleReading = (typeof shuffleReadings)[number]

/** Who has which option (0 is the first), by person; undefined for those of whom nothing is said. */
type State = (number | undefined)[]

/**
 * What is wrong in the step of the first mistake, which people or a generator have found; the steps before it are
 * taken for right. null when the problem is not one of shuffled objects.
 */
export function readShuffleMistake(
  problem: string,
  steps: readonly string[],
  at: number,
): ShuffleReading | null {
  const story = readStory(problem)
  if (story === null) return null
  const { people, swaps } = story
  const first = swapIn(steps[0], people) === null ? 1 : 0
  if (at < first) return 'start'
  const pair = swaps[at - first]
  const said = stateIn(steps[at], story)
  if (pair === undefined || said.every((item) => item === undefined)) return 'answer'
  const named = swapIn(steps[at], people)
  if (named !== null && !(named.includes(pair[0]) && named.includes(pair[1]))) return 'another swap'
  const before: State = people.map((_, person) => person)
  for (const step of steps.slice(0, at)) Object.assign(before, stateIn(step, story))
  const right = before.with(pair[0], before[pair[1]]).with(pair[1], before[pair[0]])
  const shown = [...people.keys()].filter((person) => person in said)
  if (shown.every((person) => said[person] === right[person])) {
    if (shown.length < people.length) return 'left out'
    return steps[at].includes('answer') ? 'answer' : 'not seen'
  }
  const changed = shown.filter((person) => said[person] !== before[person]).length
  if (changed === 0) return 'nothing changes'
  if (new Set(shown.map((person) => said[person])).size < shown.length) return 'held twice'
  return changed === 2 ? 'two others change' : changed === 3 ? 'three change' : 'four or more change'
}

interface Story {
  people: string[]
  /** In lower case. The first is what the first person has at the start, and so on. */
  items: string[]
  /** Positions of people. */
  swaps: [number, number][]
}

function readStory(problem: string): Story | null {
  const [opening, progress = '', ...options] = problem.split('\n')
  const list = /^(\w+(?:, \w+)*),? and (\w+) [a-z]/.exec(opening)
  if (list === null) return null
  const people = [...list[1].split(', '), list[2]]
  const swaps = [...progress.matchAll(/(?:First|Then|Finally), (\w+) and (\w+) /g)].map(
    ([, a, b]): [number, number] => [people.indexOf(a), people.indexOf(b)],
  )
  const items = options.flatMap((line) => /^\([A-Z]\) (.*?)\.?$/.exec(line)?.[1].toLowerCase() ?? [])
  const isWhole = items.length === people.length && swaps.flat().every((person) => person >= 0)
  return isWhole && swaps.length > 0 ? { people, items, swaps } : null
}

/** The two whose swap a step is about, by name or initial; null when it names none. */
function swapIn(step: string, people: readonly string[]): [number, number] | null {
  const [, a, b] = /\b(\w{1,40}) and (\w{1,40}) [a-z]/.exec(step) ?? []
  const pair: [number, number] = [personOf(a, people), personOf(b, people)]
  return pair.includes(-1) ? null : pair
}

function personOf(name: string | undefined, people: readonly string[]): number {
  return people.findIndex((person) => person === name || person[0] === name)
}

/** Holes for those of whom nothing is said; -1 is an item that nobody had. */
function stateIn(step: string, { people, items }: Story): State {
  const state: State = []
  const [list] = step.split(' So the answer')
  for (const [, name, said] of list.matchAll(/\b(\w{1,40})(?:: | has )([^,.:]+)(?=[,.]|$)/g)) {
    const person = personOf(name, people)
    const words = said.trim().toLowerCase()
    if (person >= 0) state[person] = items.findIndex((item) => ` ${item} `.includes(` ${words} `))
  }
  return state
}
