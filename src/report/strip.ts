import picocolors from 'picocolors'
import { InputError } from '../reasoning/errors.ts'
import { predictedFirstError } from '../reward/survival.ts'
import { columnsOf, neutralise, wrap } from './text.ts'

export interface ScoredSolution {
  problem?: string
  steps: readonly string[]
  /** Hazard of each step, in [0, 1], as many as steps. */
  hazards: readonly number[]
  /** The true first error (0-based, null for none) where it is known. */
  firstError?: number | null
}

export interface StripOptions {
  /** Terminal columns; 80 unless given, 40 at least. */
  width?: number
  /** Unless given: what the terminal can do, and never under NO_COLOR. */
  color?: boolean
  /** Lines shown of one step; 3 unless given. */
  maxLines?: number
}

/**
 * One solution as rows for a terminal: step, hazard h(t), survival S(t), and a marker on the predicted first error (argmax of
 * p(t), docs/crm.md section 4). Text is neutralised: no escape or control character of a solution reaches the terminal.
 * Throws InputError if steps and hazards do not match.
 */
export function strip(solution: ScoredSolution, options: StripOptions = {}): string {
  const { steps, hazards, problem } = solution
  if (steps.length !== hazards.length)
    throw new InputError(`${hazards.length} hazards for ${steps.length} steps`)
  const predicted = predictedFirstError(hazards)
  const width = Math.max(40, Math.floor(options.width ?? 80))
  const paint = painting(options)
  const indexColumns = String(steps.length).length
  const margin = ' '.repeat(indexColumns + 3)
  const barColumns = Math.min(16, Math.max(4, Math.floor((width - 40) / 5)))
  const textColumns = width - indexColumns - 2 * barColumns - 18

  const lines: string[] = []
  if (problem !== undefined) {
    const asked = wrap(neutralise(problem, { keepLines: true }), width - margin.length, 6)
    lines.push(...asked.map((line) => `${margin}${paint.bold(line)}`), '')
  }
  const heading = `${'step'.padEnd(textColumns)}  ${'hazard'.padEnd(barColumns + 5)}   survival`
  lines.push(paint.dim(`${margin}${heading}`))

  let survival = 1
  for (const [t, step] of steps.entries()) {
    survival *= 1 - hazards[t]
    const here = t === predicted
    // what follows the first error stands on a wrong state
    const tint = here ? paint.bold : predicted !== null && t > predicted ? paint.dim : String
    const risk = alarm(hazards[t], 0.1, paint)(`${percent(hazards[t])} ${bar(hazards[t], barColumns)}`)
    const hope = alarm(1 - survival, 0.25, paint)(`${percent(survival)} ${bar(survival, barColumns)}`)
    for (const [i, line] of wrap(
      neutralise(step, { keepLines: true }),
      textColumns,
      options.maxLines ?? 3,
    ).entries()) {
      const first = i === 0
      const index = (first ? String(t + 1) : '').padStart(indexColumns)
      const gauges = first ? `${' '.repeat(textColumns - columnsOf(line))}  ${risk}   ${hope}` : ''
      lines.push(`${here && first ? paint.red('▶') : ' '} ${tint(`${index} ${line}`)}${gauges}`)
    }
  }
  lines.push(
    '',
    ...summary(solution, predicted, paint, width - margin.length).map((line) => `${margin}${line}`),
  )
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

export interface ListedSolution {
  steps: readonly string[]
  /** Chance that the answer is right, as a reward says it. */
  pCorrect: number
  /** 0-based, null for none; left out where the reward has no opinion on single steps. */
  predicted?: number | null
  /** The true first error, as far as it is known. */
  firstError?: number | null
}

/** {@link strip} for a reward without hazards: the steps, and a marker on the predicted first error. */
export function stepList(
  { steps, pCorrect, predicted, firstError }: ListedSolution,
  options: StripOptions = {},
): string {
  const width = Math.max(40, Math.floor(options.width ?? 80))
  const paint = painting(options)
  const indexColumns = String(steps.length).length
  const margin = ' '.repeat(indexColumns + 3)
  const lines = steps.flatMap((step, t) =>
    wrap(neutralise(step, { keepLines: true }), width - margin.length, options.maxLines ?? 3).map(
      (line, i) => {
        const index = (i === 0 ? String(t + 1) : '').padStart(indexColumns)
        const here = t === predicted
        return `${here && i === 0 ? paint.red('▶') : ' '} ${here ? paint.bold(`${index} ${line}`) : `${index} ${line}`}`
      },
    ),
  )
  const parts = [
    ...answerParts(pCorrect, paint),
    ...(predicted === undefined
      ? []
      : [
          {
            text: predicted === null ? 'no first error' : `first error: step ${predicted + 1}`,
            tint: String,
          },
        ]),
    ...truthParts(firstError, predicted, paint),
  ]
  lines.push('', ...joined(parts, paint, width - margin.length).map((line) => `${margin}${line}`))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function painting({ color }: StripOptions) {
  return picocolors.createColors(color ?? (picocolors.isColorSupported && !process.env.NO_COLOR))
}

type Paint = ReturnType<typeof picocolors.createColors>

/** The colour of a probability of being wrong: red from one half on, yellow from `doubtful` on. */
function alarm(wrong: number, doubtful: number, paint: Paint) {
  return wrong >= 0.5 ? paint.red : wrong >= doubtful ? paint.yellow : paint.green
}

/** What the rows come to, on one line if it fits. */
function summary(
  { hazards, firstError }: ScoredSolution,
  predicted: number | null,
  paint: Paint,
  columns: number,
): string[] {
  const survivalOf = (given: readonly number[]) =>
    given.reduce((survival, hazard) => survival * (1 - hazard), 1)
  const right = survivalOf(hazards)
  const found =
    predicted === null
      ? 'no first error'
      : `first error: step ${predicted + 1} (${percent(survivalOf(hazards.slice(0, predicted)) * hazards[predicted]).trim()})`
  return joined(
    [
      ...answerParts(right, paint),
      { text: found, tint: String },
      ...truthParts(firstError, predicted, paint),
    ],
    paint,
    columns,
  )
}

interface Part {
  text: string
  tint: (text: string) => string
}

function answerParts(right: number, paint: Paint): Part[] {
  return [{ text: `answer right ${percent(right).trim()}`, tint: alarm(1 - right, 0.25, paint) }]
}

/** What is true, and whether that was said, where something was. */
function truthParts(
  firstError: number | null | undefined,
  predicted: number | null | undefined,
  paint: Paint,
): Part[] {
  if (firstError === undefined) return []
  const truth = `truth: ${firstError === null ? 'no error' : `step ${firstError + 1}`}`
  if (predicted === undefined) return [{ text: truth, tint: String }]
  const agrees = firstError === predicted
  return [{ text: `${agrees ? '✓' : '✗'} ${truth}`, tint: agrees ? paint.green : paint.red }]
}

/** On one line if it fits. */
function joined(parts: readonly Part[], paint: Paint, columns: number): string[] {
  const fits = parts.map(({ text }) => text).join(' · ').length <= columns
  const painted = parts.map(({ text, tint }) => tint(text))
  return fits ? [painted.join(paint.dim(' · '))] : painted
}

/** A bar of `columns` columns, filled to a share in eighths of a column. */
function bar(share: number, columns: number): string {
  const eighths = Math.round(share * columns * 8)
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
  return `${'█'.repeat(Math.floor(eighths / 8))}${partial}`.padEnd(columns)
}

/** Four columns; 0% and 100% are said of exactly 0 and 1 only. */
function percent(share: number): string {
  if (share > 0 && share < 0.01) return ' <1%'
  if (share > 0.99 && share < 1) return '>99%'
  return `${Math.round(share * 100)}%`.padStart(4)
}
