import { InputError } from './errors.ts'

/** @throws InputError naming the first of them that is no whole number of at least 1 */
export function checkCounts(counts: Record<string, number>): void {
  for (const [name, count] of Object.entries(counts))
    if (!(Number.isInteger(count) && count >= 1))
      throw new InputError(`${name} is ${count}`, { fix: `Make ${name} a whole number of at least 1.` })
}

/** How often each value occurs, in the order in which they first do. */
export function countsOf<Value>(values: readonly Value[]): Map<Value, number> {
  const counts = new Map<Value, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
