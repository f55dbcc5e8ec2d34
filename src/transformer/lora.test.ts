import { expect, it } from 'vitest'
import { Graph, type Value } from '../tensor/graph.ts'
import { crossEntropy } from '../tensor/layers.ts'
import { add, divide } from '../tensor/ops.ts'
import { compile, tensor } from '../tensor/program.ts'
import { flatten, splitParameters, unflatten } from '../tensor/trainer.ts'
import { languageBatch } from './batches.ts'
import { tensorShapes } from './checkpoint.ts'
import { expectGradients } from './gradient.fixture.ts'
import { initialLora, loraAdapter, loraShapes, mergeLora } from './lora.ts'
import { forward, frozen, logits, type Weights } from './model.ts'
import { sequenceInputs } from './pretraining.ts'
import { randomTensors, tinyConfig } from './tiny.fixture.ts'

const config = tinyConfig({ vocabSize: 13, contextLength: 32 })
const all = tensorShapes(config)
const backbone = randomTensors(all, 'backbone', 0.3)
const lora = { rank: 3, alpha: 5 }
const shapes = loraShapes(all, lora)
const learned = flatten(shapes, (name, shape) => randomTensors([[name, shape]], name, 0.3).get(name)!.data)
const ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
const feeds = languageBatch([{ ids, from: 2 }]).feeds()

/** Language loss, and its gradients by what is learned. */
async function program(weights: (graph: Graph, parameters: Map<string, Value>) => Weights, learns: boolean) {
  const graph = new Graph()
  const flat = graph.input('parameters', 'float32', [learned.length])
  const parameters = splitParameters(graph, flat, shapes)
  const weight = weights(graph, parameters)
  const hidden = forward(graph, config, weight, sequenceInputs(graph))
  const [labels, rows] = [
    graph.input('labels', 'int64', ['tokens']),
    graph.input('weights', 'float32', ['tokens']),
  ]
  const total = graph.input('total', 'float32', [])
  const loss = divide(crossEntropy(logits(config, weight, hidden), labels, rows), total)
  const gradients = learns ? graph.gradients(loss, [...parameters.values()], add) : []
  graph.output('loss', loss)
  for (const [i, gradient] of gradients.entries()) graph.output(`gradient_${i}`, gradient)
  const { nodes } = graph
  const compiled = await compile(graph, { threads: 1 })
  const run = (values: Float32Array) =>
    compiled.run({ ...feeds, parameters: tensor(values, [values.length]) })
  return {
    nodes,
    run,
    lossAt: async (values: Float32Array) => ((await run(values)).loss.data as Float32Array)[0],
  }
}

const adapted = (graph: Graph, parameters: Map<string, Value>) =>
  Object.assign(frozen(graph, backbone), { adapter: loraAdapter(graph, parameters, lora) })

it('all seven linear layers of each layer are adapted, and nothing else', () => {
  expect(shapes.size).toBe(config.layers * 7 * 2)
  expect(shapes.get('model.layers.1.mlp.down_proj.lora_A')).toEqual([3, 24])
  expect(shapes.get('model.layers.1.mlp.down_proj.lora_B')).toEqual([16, 3])
})

it('it starts as the model that it adapts', async () => {
  const start = flatten(shapes, initialLora(1))
  const { lossAt } = await program(adapted, false)
  const plain = await program((graph) => frozen(graph, backbone), false)
  expect(await lossAt(start)).toBe(await plain.lossAt(start))
  expect(start.some((value) => value !== 0)).toBe(true)
  expect(start).toEqual(flatten(shapes, initialLora(1)))
})

it('merged into the weights it is the same model; what it leaves alone are the same arrays', async () => {
  const merged = mergeLora(backbone, unflatten(shapes, learned), lora)
  const { lossAt } = await program(adapted, false)
  const plain = await program((graph) => frozen(graph, merged), false)
  const [apart, together] = [await lossAt(learned), await plain.lossAt(learned)]
  expect(Math.abs(apart - together)).toBeLessThan(1e-5)
  expect(
    Math.abs(
      apart - (await program((graph) => frozen(graph, backbone), false).then((p) => p.lossAt(learned))),
    ),
  ).toBeGreaterThan(0.01)
  const kept = [...merged]
    .filter(([name, { data }]) => data === backbone.get(name)!.data)
    .map(([name]) => name)
  expect(kept.filter((name) => !/embed|norm|bias/.test(name))).toEqual([])
  expect(kept).toHaveLength(all.size - shapes.size / 2)
})

it('its gradient predicts how the loss changes along every A and B', async () => {
  const { run, lossAt } = await program(adapted, true)
  const found = await run(learned)
  const values = [...shapes].map((_, i) => found[`gradient_${i}`].data as Float32Array)
  await expectGradients(shapes, learned, values, lossAt, { step: 0.005, tolerance: 0.005 })
})

it('no time goes into gradients of weights that stay as they are', async () => {
  const { nodes } = await program(adapted, true)
  const products = nodes.filter(({ operator }) => operator === 'Gemm').length
  const layers = 7 * config.layers
  // forward: W, A and B of each, and the logits; backward: A and B by their weights, all three by what they read, but that
  // of the first layer's q, k and v is no function of what is learned
  expect(products).toBe(3 * layers + 1 + 2 * layers + 3 * layers - 2 * 3 + 1)
})
