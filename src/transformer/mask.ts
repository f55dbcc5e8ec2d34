/** Additive mask of a token that must not be seen. */
export const outOfReach = -1e9

/** Additive [time, past + time] mask: a new token sees all `past` ones, itself, and the new ones before it. */
export function causalMask(time: number, past = 0): Float32Array {
  const width = past + time
  const mask = new Float32Array(time * width)
  for (let t = 0; t < time; t++) mask.fill(outOfReach, t * width + past + t + 1, (t + 1) * width)
  return mask
}
