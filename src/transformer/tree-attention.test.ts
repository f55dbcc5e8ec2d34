import { expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { tensorShapes } from './checkpoint.ts'
import { createDecoder } from './decoder.ts'
import { randomTensors, tinyConfig } from './tiny.fixture.ts'
import { appendTree, type Piece, stateSize } from './tree-attention.ts'

const config = tinyConfig({ vocabSize: 24, ropeTheta: 10_000, contextLength: 96 })
const tensors = randomTensors(tensorShapes(config), 1)
const draw = random('trees')

/** A problem and steps on it, forks among them; each token has the slot of its place. */
function tree(sizes: readonly number[]): Piece[] {
  let slot = 0
  return sizes.map((size, i) => ({
    after: i === 0 ? null : draw.int(0, i - 1),
    ids: Array.from({ length: size }, () => draw.int(0, config.vocabSize - 1)),
    slots: Array.from({ length: size }, () => slot++),
  }))
}

it.each([1, 3, 7, 64])('%i new tokens at a time give what all at once give', async (most) => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'surprisal' })
  const pieces = tree([9, 4, 1, 6, 3, 8])
  const all = pieces.flatMap(({ ids }) => ids)
  const run = async (most?: number) => {
    const stride = stateSize(config)
    const states = { data: new Float32Array(stride * all.length), stride, offset: 0 }
    const outputs: number[] = []
    // the first two are known to the second run; of the problem's tokens none but the last is read
    for (const [known, count, read] of [
      [0, 2, [8, 9, 12]],
      [2, 6, [0, 5, 6, 17]],
    ] as const) {
      const targets = read.map((_, i) => i)
      const part = { pieces: pieces.slice(0, count), known }
      outputs.push(...(await appendTree(decoder, states, part, { read, targets }, most)))
    }
    return { outputs, data: Array.from(states.data) }
  }
  const whole = await run()
  const parts = await run(most)
  expect(parts.outputs).toHaveLength(7)
  for (const [i, value] of whole.outputs.entries()) expect(parts.outputs[i]).toBeCloseTo(value, 4)
  for (const [i, value] of whole.data.entries()) expect(parts.data[i]).toBeCloseTo(value, 4)
  await decoder.close()
})
