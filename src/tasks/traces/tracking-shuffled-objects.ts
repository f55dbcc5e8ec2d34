import type { Random } from '../../reasoning/random.ts'
import type { Item } from './shuffle-contexts.ts'
import { rightStep, swapKinds, wrongStep } from './shuffle-mistakes.ts'
import {
  drawShuffled,
  type Holdings,
  type Pair,
  type Shuffled,
  shuffledText,
  swapped,
} from './shuffle-problem.ts'
import {
  answerText,
  drawStyle,
  endText,
  holdingsText,
  layouts,
  type Style,
  shownPeople,
  swapHeader,
} from './shuffle-style.ts'
import { chance, defineTraces } from './trace.ts'

/**
 * Traces of BIG-bench's tracking_shuffled_objects: who has what at the start, after each swap, in the end. A step is
 * wrong when it does not say of everybody what they have then, or says it wrongly, when it names a swap that is not the
 * next one or stands for two of them, or when the answer is not what the last state says. A style that never says who
 * has what of all is wrong from its first step on. After the first mistake all goes on from what is written, and is
 * wrong again now and then.
 */
export const trackingShuffledObjects = defineTraces<Shuffled>({
  name: 'tracking-shuffled-objects',
  kinds: ['none', 'partial-state', 'wrong-start', ...Object.keys(swapKinds), 'wrong-holder', 'wrong-option'],
  draw: drawShuffled,
  key: ({ context, people, start, swaps }) =>
    `${context.opening}|${people}|${start.map(({ short }) => short)}|${swaps.join(' ')}`,
  write,
})

/** How often a later step is wrong too. */
const wrongAgain = 0.25

function write(world: Shuffled, random: Random) {
  const { swaps, asked } = world
  const style = drawStyle(world, random)
  const mistake = drawMistake(world, style, random)
  const steps: string[] = []
  let first: { step: number; kind: string } | null = layouts[style.layout].partial
    ? { step: 0, kind: 'partial-state' }
    : null
  const note = (kind: string, step = steps.length) => {
    first ??= { step, kind }
  }

  let holdings = world.start
  if (style.start) {
    if (mistake === 'start') {
      holdings = wrongStart(world, random)
      note('wrong-start')
    }
    const shown = shownPeople(style, null, [], asked)
    steps.push(`${style.startHead}${holdingsText(shown, holdings, world, style)}${style.stop}`)
  }
  const history: Holdings[] = [holdings]
  const past: Pair[] = []
  let hidden: readonly number[] = []
  for (let number = 0; number < swaps.length; ) {
    const wrong = number === mistake || (first !== null && chance(wrongAgain, random))
    const step = wrong
      ? wrongStep(world, number, history, style.layout, random)
      : rightStep(world, number, history[history.length - 1])
    if (step.kind !== 'none') note(step.kind)
    // who was left out stays out, mostly until they swap
    hidden = [
      ...step.hidden,
      ...hidden.filter((person) => !step.pair.includes(person) && chance(0.8, random)),
    ]
    const shown = shownPeople(style, step.pair, past, asked).filter((person) => !hidden.includes(person))
    const header = swapHeader(step.pair, number + 1, world, style)
    steps.push(`${header}${holdingsText(shown, step.holdings, world, style)}${style.stop}`)
    history.push(step.holdings)
    past.push(step.pair)
    number = step.next
  }

  const item = history[history.length - 1][asked]
  const appended = style.end === 'appended'
  let said = item
  let option = optionFor(item, world, random)
  if (mistake === 'end') {
    const kind = style.end === 'sentence' && chance(0.7, random) ? 'wrong-holder' : 'wrong-option'
    const [index, other] = random.pick([...world.start.entries()].filter(([, other]) => other !== item))
    option = index
    if (kind === 'wrong-holder') said = other
    note(kind, appended ? steps.length - 1 : steps.length)
  }
  const answer = answerText(option)
  if (appended) steps.push(`${steps.pop()} ${answer}`)
  else steps.push(style.end === 'sentence' ? `${endText(world, said)} ${answer}` : answer)
  return {
    problem: shuffledText(world),
    steps,
    first_error: first?.step ?? null,
    kind: first?.kind ?? 'none',
  }
}

/** Where the mistake is: at the start, in a swap (its position), at the end; null for none. */
function drawMistake({ swaps }: Shuffled, style: Style, random: Random): 'start' | 'end' | number | null {
  const way = random.next()
  if (way < 0.2) return null
  if (way < 0.215 && style.start) return 'start'
  if (way < 0.28) return 'end'
  if (style.layout === 'bare' && chance(0.5, random)) return 0
  // the first swap half as often as each of the others
  return Math.ceil(random.int(0, 2 * swaps.length - 2) / 2)
}

function wrongStart(world: Shuffled, random: Random): Holdings {
  const [a, b] = random.shuffle([...world.people.keys()])
  return chance(0.5, random) ? swapped(world.start, [a, b]) : world.start.with(a, world.start[b])
}

/** The option of an item; any option for one that is not among them. */
function optionFor(item: Item, { start }: Shuffled, random: Random): number {
  const index = start.indexOf(item)
  return index >= 0 ? index : random.int(0, start.length - 1)
}
