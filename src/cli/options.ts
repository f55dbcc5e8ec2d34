import { InvalidArgumentError, Option } from 'commander'
import { InputError } from '../reasoning/errors.ts'

interface Range {
  min?: number
  max?: number
}

/** Parser for an option that takes a whole number: `.option('--n <count>', 'samples', integer({ min: 1 }), 8)`. */
export function integer(range: Range = {}): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll('_', ''))
    if (text.trim() === '' || !Number.isSafeInteger(value))
      throw new InvalidArgumentError('Not a whole number.')
    return within(value, range)
  }
}

/** Parser for an option that takes a number, `1e-4` included. */
export function number(range: Range = {}): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Not a number.')
    return within(value, range)
  }
}

/** Parser for a comma-separated list, each part through `parse`: `list(integer({ min: 1 }))`. */
export function list<T = string>(parse?: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim())
    if (parts.includes('')) throw new InvalidArgumentError('Empty entry in the list.')
    return parts.map((part) => (parse ? parse(part) : (part as T)))
  }
}

export const unique = <T>(items: readonly T[]) => [...new Set(items)]

/** Numbers of samples of a problem. */
export const sampleCounts = list(integer({ min: 1, max: 100_000 }))

/** A fresh one each: a command keeps its options. */
export function resamplesOption(): Option {
  return new Option('--resamples <count>', 'of the bootstrap')
    .argParser(integer({ min: 1, max: 100_000 }))
    .default(2000)
}

/** @throws InputError on options, by their long names, that were given and would do nothing */
export function refuseIdle(names: readonly string[], why: string, fix = 'Leave out one or the other.'): void {
  if (names.length > 0)
    throw new InputError(`${names.map((name) => `--${name}`).join(' and ')} would do nothing: ${why}`, {
      fix,
    })
}

/** The examples below a command's help, one `[command line, what it does]` each. */
export function examples(...lines: [command: string, meaning: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length))
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`).join('\n')}`
}

function within(value: number, { min = -Infinity, max = Infinity }: Range): number {
  if (value < min) throw new InvalidArgumentError(`Must be at least ${min}.`)
  if (value > max) throw new InvalidArgumentError(`Must be at most ${max}.`)
  return value
}
