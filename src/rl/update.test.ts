import { expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { flatten } from '../tensor/trainer.ts'
import { startingState } from '../tensor/training-state.ts'
import { tensorShapes } from '../transformer/checkpoint.ts'
import { randomTensors, tinyConfig } from '../transformer/tiny.fixture.ts'
import { rowsOf } from './packing.ts'
import { createPolicyTrainer } from './update.ts'

const config = tinyConfig({ vocabSize: 11, layers: 1, contextLength: 32 })
const shapes = tensorShapes(config)
const tensors = randomTensors(shapes, 1)
const reference = flatten(shapes, (name) => tensors.get(name)!.data)

it('many rollouts of one prompt, together longer than the context, are read and learned from as each alone', async () => {
  const draw = random('long rows')
  const tokens = (length: number) => Array.from({ length }, () => draw.int(0, config.vocabSize - 1))
  const prompt = tokens(6)
  const rollouts = Array.from({ length: 12 }, () => ({ ids: [...prompt, ...tokens(9)], promptLength: 6 }))
  expect(rowsOf(rollouts).map(({ length }) => length)).toEqual([6 + 12 * 8])
  const update = {
    rate: 0.1,
    warmup: 1,
    batchTokens: 4096,
    threads: 1,
    clip: 0.2,
    temperature: 1,
    klLoss: 0,
    entropyBonus: 0,
  }
  const trainer = await createPolicyTrainer({ config }, startingState(reference.slice()), reference, update)
  try {
    const together = await trainer.byReference(rollouts)
    for (const [i, rollout] of rollouts.entries()) {
      const [alone] = await trainer.byReference([rollout])
      expect(together[i]).toHaveLength(9)
      for (const [t, value] of alone.entries()) expect(together[i][t]).toBeCloseTo(value, 4)
    }
    const trajectories = rollouts.map((rollout, i) => ({
      ...rollout,
      before: together[i],
      advantages: together[i].map(() => (i < 6 ? 1 : -1)),
    }))
    await trainer.update(trajectories, 1)
    expect(trainer.state.parameters).not.toEqual(reference)
  } finally {
    await trainer.close()
  }
})
