/**
 * Models that were trained several times, told apart by their training seeds at the end of their names: `direct-rl-s1`. In reports they
 * are one. `prm-s2 min` -> { name: 'prm min', seed: 2 }; a name without a seed stays as it is.
 */
export function trainingSeed(reading: string): { name: string; seed: number | null } {
  const [, before, seed, after] = /^(.+)-s(\d+)( .*)?$/.exec(reading) ?? []
  return seed === undefined
    ? { name: reading, seed: null }
    : { name: `${before}${after ?? ''}`, seed: Number(seed) }
}
