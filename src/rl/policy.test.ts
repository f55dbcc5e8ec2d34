import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { flatten } from '../tensor/trainer.ts'
import { readCheckpoint, tensorShapes } from '../transformer/checkpoint.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { createRolloutPool } from './policy.ts'

it('each request has its rollouts, however they fall into jobs', async () => {
  const { policy } = writeTinyModels(scratchFolder())
  const { config, tokenizer, tensors } = readCheckpoint(policy)
  const parameters = flatten(tensorShapes(config), (name) => tensors.get(name)!.data)
  const requests = [70, 3, 0, 30].map((count, i) => ({
    prompt: tokenizer.encodePrompt(`Compute ${i} + 1.`),
    seeds: Array.from({ length: count }, (_, k) => 100 * i + k),
  }))
  const pool = createRolloutPool(policy, { threads: 2, temperature: 1, maxTokens: 8, batch: 64 })
  try {
    const groups = await pool.sample(1, parameters, requests)
    expect(groups.map(({ length }) => length)).toEqual([70, 3, 0, 30])
    for (const [i, group] of groups.entries()) {
      for (const { ids, promptLength } of group)
        expect(ids.slice(0, promptLength)).toEqual(requests[i].prompt)
    }
    const last = await pool.sample(1, parameters, [{ ...requests[0], seeds: [69] }])
    expect(last[0][0].ids).toEqual(groups[0][69].ids)
  } finally {
    await pool.close()
  }
})
