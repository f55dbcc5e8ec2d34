/**
 * Rewards that were trained several times, told apart by their training seeds: `crm-s1`, `crm-s2 min`. In reports they are one,
 * and each seed is a repetition of the measurement.
 */

/** `prm-s2 min` -> { name: 'prm min', seed: 2 }; a name without a seed stays as it is. */
export function trainingSeed(reading: string): { name: string; seed: number | null } {
  const [, before, seed, after] = /^(.+)-s(\d+)( .*)?$/.exec(reading) ?? []
  return seed === undefined
    ? { name: reading, seed: null }
    : { name: `${before}${after ?? ''}`, seed: Number(seed) }
}

/**
 * One row for each training seed, with the values of that seed's rewards under names without it. A reward that has fewer seeds
 * than others takes them in turn.
 */
export function repeatedBySeed<Row, V>(
  rows: readonly Row[],
  valuesOf: (row: Row) => Readonly<Record<string, V>>,
  withValues: (row: Row, values: Record<string, V>) => Row,
): Row[] {
  if (rows.length === 0) return []
  const members = new Map<string, string[]>()
  for (const reading of Object.keys(valuesOf(rows[0]))) {
    const { name } = trainingSeed(reading)
    members.set(name, [...(members.get(name) ?? []), reading])
  }
  const repetitions = Math.max(...[...members.values()].map((readings) => readings.length))
  return Array.from({ length: repetitions }, (_, repetition) =>
    rows.map((row) => {
      const values = valuesOf(row)
      return withValues(
        row,
        Object.fromEntries(
          [...members].map(([name, readings]) => [name, values[readings[repetition % readings.length]]]),
        ),
      )
    }),
  ).flat()
}
