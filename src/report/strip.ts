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
 * p(t), crm.md section 4). Text is neutralised: no escape or control character of a solution reaches the terminal.
 * Throws InputError if steps and hazards do not match.
 */
export function strip(solution: ScoredSolution, options: StripOptions = {}): string {
  const { steps, hazards, problem } = solution
  if (steps.length !== hazards.length) throw new InputError(`${hazards.length} hazards for ${steps.length} steps`)
  const width = Math.max(40, Math.floor(options.width ?? 80))
  const colors = picocolors.createColors(options.color ?? (picocolors.isColorSupported && !process.env.NO_COLOR))
  const predicted = predictedFirstError(hazards)
  const maxLines = options.maxLines ?? 3

  const indexColumns = String(steps.length).length
  const barColumns = Math.min(16, Math.max(4, Math.floor((width - 40) / 5)))
  const textColumns = width - indexColumns - 2 * barColumns - 19
  const row = (marker: string, index: string, text: string, gauges = '') =>
    `${marker} ${index} ${text}${gauges === '' ? '' : `${' '.repeat(textColumns - columnsOf(text))}  ${gauges}`}`

  const lines: string[] = []
  if (problem !== undefined)
    for (const line of wrap(neutralise(problem, { keepLines: true }), width - 2, 6)) lines.push(`  ${colors.bold(line)}`)
  const heading = `${'hazard'.padEnd(barColumns + 5)}   survival`
  lines.push(colors.dim(row(' ', ' '.repeat(indexColumns), 'step', heading)))

  let survival = 1
  for (const [t, step] of steps.entries()) {
    const hazard = hazards[t]
    survival *= 1 - hazard
    const here = t === predicted
    // what follows the first error stands on a wrong state
    const tint = here ? colors.bold : predicted !== null && t > predicted ? colors.dim : String
    const alarm = hazard >= 0.5 ? colors.red : hazard >= 0.1 ? colors.yellow : colors.green
    const hope = survival >= 0.5 ? colors.green : survival >= 0.1 ? colors.yellow : colors.red
    const gauges = [
      alarm(`${bar(hazard, barColumns)} ${percent(hazard)}`),
      hope(`${bar(survival, barColumns)} ${percent(survival)}`),
    ].join('   ')
    for (const [i, line] of wrap(neutralise(step, { keepLines: true }), textColumns, maxLines).entries()) {
      const pad = ' '.repeat(textColumns - columnsOf(line))
      const marker = here && i === 0 ? colors.red('▶') : ' '
      const index = (i === 0 ? String(t + 1) : '').padStart(indexColumns)
      lines.push(`${marker} ${here ? colors.bold(index) : colors.dim(index)} ${tint(line)}${i === 0 ? `${pad}  ${gauges}` : ''}`)
    }
  }
  lines.push('', `  ${summary(solution, predicted, survival, colors)}`)
  return `${lines.join('\n')}\n`
}
