import { type Feeds, integers, tensor } from '../tensor/program.ts'
import { outOfReach } from '../transformer/mask.ts'

/** Tokens of which the last ones were generated. */
export interface Generated {
  ids: readonly number[]
  /** Tokens before those. */
  promptLength: number
}

/** Rollouts of one prompt that share a row: the prompt once, then what each of them said, as if it stood there alone. */
export interface Row<T extends Generated> {
  rollouts: T[]
  /** Tokens of the row. Nobody reads the last token of a rollout: it is left out. */
  length: number
}

/** Longest row, in tokens, but for one rollout that is longer: attention takes the square of it. */
export const longestRow = 1536

/** Puts neighbours with the same prompt into rows together. */
export function rowsOf<T extends Generated>(rollouts: readonly T[]): Row<T>[] {
  const rows: Row<T>[] = []
  for (const rollout of rollouts) {
    const said = rollout.ids.length - rollout.promptLength - 1
    const row = rows.at(-1)
    if (row && row.length + said <= longestRow && samePrompt(row.rollouts[0], rollout)) {
      row.rollouts.push(rollout)
      row.length += said
    } else rows.push({ rollouts: [rollout], length: rollout.promptLength + said })
  }
  return rows
}

function samePrompt(a: Generated, b: Generated): boolean {
  if (a.promptLength !== b.promptLength) return false
  for (let i = 0; i < a.promptLength; i++) if (a.ids[i] !== b.ids[i]) return false
  return true
}

/**
 * `tokens`, `positions` and `mask` [rows, 1, time, time] of rows, padded on the right; `read` is where each generated token is predicted,
 * rollout by rollout, and `labels` which it is.
 */
export function rowFeeds(rows: readonly Row<Generated>[]): Feeds {
  const time = Math.max(...rows.map(({ length }) => length))
  const tokens = new Int32Array(rows.length * time)
  const positions = new Int32Array(tokens.length)
  const mask = new Float32Array(rows.length * time * time).fill(outOfReach)
  const read: number[] = []
  const labels: number[] = []
  for (const [r, { rollouts }] of rows.entries()) {
    const { ids, promptLength } = rollouts[0]
    const start = r * time
    /** The token at `at` sees the prompt up to `prompt`, and what stands from `from` up to itself. */
    const put = (at: number, token: number, position: number, prompt: number, from: number) => {
      tokens[start + at] = token
      positions[start + at] = position
      const line = (start + at) * time
      mask.fill(0, line, line + prompt)
      mask.fill(0, line + from, line + at + 1)
    }
    for (let i = 0; i < promptLength; i++) put(i, ids[i], i, 0, 0)
    let from = promptLength
    for (const { ids } of rollouts) {
      const said = ids.length - promptLength
      for (let i = 0; i < said; i++) {
        read.push(start + (i === 0 ? promptLength : from + i) - 1)
        labels.push(ids[promptLength + i])
        if (i < said - 1) put(from + i, ids[promptLength + i], promptLength + i, promptLength, from)
      }
      from += said - 1
    }
    // padding sees itself, as a token that sees nothing has no softmax
    for (let at = from; at < time; at++) put(at, 0, 0, 0, at)
  }
  return {
    tokens: integers(tokens, [tokens.length]),
    positions: integers(positions, [rows.length, time]),
    mask: tensor(mask, [rows.length, 1, time, time]),
    read: integers(Int32Array.from(read), [read.length]),
    labels: integers(Int32Array.from(labels), [labels.length]),
  }
}
