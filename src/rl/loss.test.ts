import { expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { Graph } from '../tensor/graph.ts'
import { add } from '../tensor/ops.ts'
import { compile, tensor } from '../tensor/program.ts'
import { flatten, splitParameters } from '../tensor/trainer.ts'
import { sequenceFeeds } from '../transformer/batches.ts'
import { tensorShapes } from '../transformer/checkpoint.ts'
import { forward, logits } from '../transformer/model.ts'
import { sequenceInputs } from '../transformer/pretraining.ts'
import { randomTensors, tinyConfig } from '../transformer/tiny.fixture.ts'
import {
  byRollout,
  klOf,
  type PolicyLoss,
  policyLoss,
  type Trajectory,
  tokenLogProbabilities,
  updateFeeds,
} from './loss.ts'
import { rowFeeds, rowsOf } from './packing.ts'

const config = tinyConfig({ vocabSize: 11, layers: 1, contextLength: 32 })
const shapes = tensorShapes(config)
const draw = random('policy loss')
const weights = (seed: number) => {
  const tensors = randomTensors(shapes, seed)
  return flatten(shapes, (name) => tensors.get(name)!.data)
}
const policy = weights(1)
const temperature = 0.7

async function program(
  build: (graph: Graph, parameters: Map<string, import('../tensor/graph.ts').Value>) => void,
) {
  const graph = new Graph()
  const flat = graph.input('parameters', 'float32', [policy.length])
  build(graph, splitParameters(graph, flat, shapes))
  const compiled = await compile(graph, { threads: 1 })
  return (parameters: Float32Array, feeds: Parameters<typeof compiled.run>[0]) =>
    compiled.run({ ...feeds, parameters: tensor(parameters, [parameters.length]) })
}

const prompts = [1, 2].map(() => Array.from({ length: 4 }, () => draw.int(0, config.vocabSize - 1)))

/** The first two have the same prompt. */
const sampled = [
  [0, 5],
  [0, 8],
  [1, 2],
  [1, 1],
].map(([prompt, length]) => ({
  ids: [...prompts[prompt], ...Array.from({ length }, () => draw.int(0, config.vocabSize - 1))],
  promptLength: 4,
}))

async function logProbabilities(parameters: Float32Array) {
  const run = await program((graph, split) => {
    graph.output('value', tokenLogProbabilities(graph, config, split, temperature))
  })
  const rows = rowsOf(sampled)
  return byRollout((await run(parameters, rowFeeds(rows))).value.data as Float32Array, rows)
}

/** Distributions over the vocabulary at each generated token, at the temperature, from the logits of the plain forward pass. */
async function distributions(parameters: Float32Array): Promise<number[][][]> {
  const run = await program((graph, split) => {
    const weight = (name: string) => split.get(name)!
    graph.output('value', logits(config, weight, forward(graph, config, weight, sequenceInputs(graph))))
  })
  const { feeds, time } = sequenceFeeds(sampled.map(({ ids }) => ids))
  const data = (await run(parameters, feeds)).value.data as Float32Array
  return sampled.map(({ ids, promptLength }, row) =>
    ids.slice(promptLength).map((_, i) => {
      const at = (row * time + promptLength - 1 + i) * config.vocabSize
      const exps = Array.from(data.subarray(at, at + config.vocabSize), (logit) =>
        Math.exp(logit / temperature),
      )
      const sum = exps.reduce((a, b) => a + b)
      return exps.map((value) => value / sum)
    }),
  )
}

it('log probabilities are of the generated tokens, given those before', async () => {
  const all = await distributions(policy)
  const found = await logProbabilities(policy)
  for (const [row, { ids, promptLength }] of sampled.entries()) {
    expect(found[row]).toHaveLength(ids.length - promptLength)
    for (const [i, value] of found[row].entries())
      expect(value).toBeCloseTo(Math.log(all[row][i][ids[promptLength + i]]), 4)
  }
})

const settings: PolicyLoss = { clip: 0.2, klLoss: 0.3, entropyBonus: 0.05, temperature }

/** Ratios from well below to well above the clip, advantages of both signs. */
async function trajectories(): Promise<Required<Trajectory>[]> {
  const now = await logProbabilities(policy)
  return sampled.map((rollout, row) => ({
    ...rollout,
    advantages: now[row].map(() => draw.normal()),
    before: now[row].map((value) => value + draw.normal() * 0.4),
    reference: now[row].map((value) => value + draw.normal() * 0.4),
  }))
}

it('the loss is the closed form of clip, KL and entropy, a mean over generated tokens', async () => {
  const given = await trajectories()
  const run = await program((graph, split) => {
    const { loss, watch } = policyLoss(graph, config, split, settings)
    graph.output('loss', loss)
    for (const [name, value] of Object.entries(watch)) graph.output(name, value)
  })
  const [now, all] = [await logProbabilities(policy), await distributions(policy)]
  let [gain, kl, entropy, count] = [0, 0, 0, 0]
  for (const [row, { advantages, before, reference }] of given.entries())
    for (const [i, advantage] of advantages.entries()) {
      const ratio = Math.exp(now[row][i] - before[i])
      gain += Math.min(ratio * advantage, Math.min(Math.max(ratio, 0.8), 1.2) * advantage)
      const difference = reference[i] - now[row][i]
      kl += Math.exp(difference) - difference - 1
      entropy -= all[row][i].reduce((sum, p) => sum + p * Math.log(p), 0)
      count++
    }
  const found = await run(policy, updateFeeds(rowsOf(given), count, settings))
  const value = (name: string) => (found[name].data as Float32Array)[0]
  expect(value('gain')).toBeCloseTo(gain / count, 4)
  expect(value('entropy')).toBeCloseTo(entropy / count, 4)
  expect(value('loss')).toBeCloseTo(
    (-gain + settings.klLoss * kl - settings.entropyBonus * entropy) / count,
    4,
  )
})

it('its gradient predicts how the loss changes', async () => {
  const given = await trajectories()
  const run = await program((graph, split) => {
    const { loss } = policyLoss(graph, config, split, settings)
    const gradients = graph.gradients(loss, [...split.values()], add)
    graph.output('loss', loss)
    for (const [i, gradient] of gradients.entries()) graph.output(`gradient_${i}`, gradient)
  })
  const feeds = updateFeeds(rowsOf(given), 10, settings)
  const found = await run(policy, feeds)
  const gradient = Float32Array.from(
    [...shapes.keys()].flatMap((_, i) => Array.from(found[`gradient_${i}`].data as Float32Array)),
  )
  const norm = Math.hypot(...gradient)
  expect(norm).toBeGreaterThan(0)
  const lossAt = async (by: number) => {
    const moved = policy.map((value, i) => value + (by * gradient[i]) / norm)
    return ((await run(moved, feeds)).loss.data as Float32Array)[0]
  }
  const slope = ((await lossAt(0.002)) - (await lossAt(-0.002))) / 0.004
  expect(Math.abs(slope - norm) / norm).toBeLessThan(0.03)
})

it('a token whose ratio has left the clip the way its advantage points earns no gradient', async () => {
  const [now] = await logProbabilities(policy)
  const run = await program((graph, split) => {
    const { loss } = policyLoss(graph, config, split, { ...settings, klLoss: 0, entropyBonus: 0 })
    const gradients = graph.gradients(loss, [...split.values()], add)
    for (const [i, gradient] of gradients.entries()) graph.output(`gradient_${i}`, gradient)
  })
  const moved = async (gap: number, advantage: number) => {
    const same = now.map((value) => value - gap)
    const trajectory = { ...sampled[0], advantages: now.map(() => advantage), before: same, reference: same }
    const found = await run(policy, updateFeeds(rowsOf([trajectory]), 5, { klLoss: 0 }))
    return Object.values(found).some(({ data }) => (data as Float32Array).some((value) => value !== 0))
  }
  expect(await moved(0.3, 1)).toBe(false)
  expect(await moved(0.3, -1)).toBe(true)
  expect(await moved(-0.3, -1)).toBe(false)
  expect(await moved(-0.3, 1)).toBe(true)
})

it('KL is estimated without bias, and is 0 for the reference itself', () => {
  const [p, q] = [
    [0.5, 0.3, 0.2],
    [0.2, 0.3, 0.5],
  ]
  const tokens = Array.from({ length: 100_000 }, (_, i) => (i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2))
  const of = (distribution: number[]) => tokens.map((token) => Math.log(distribution[token]))
  const exact = p.reduce((sum, value, i) => sum + value * Math.log(value / q[i]), 0)
  expect(klOf([{ before: of(p), reference: of(q) }])).toBeCloseTo(exact, 6)
  expect(klOf([{ before: of(p), reference: of(p) }])).toBe(0)
})
