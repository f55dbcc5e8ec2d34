import { expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { Graph } from '../tensor/graph.ts'
import { add } from '../tensor/ops.ts'
import { compile, tensor } from '../tensor/program.ts'
import { flatten, sizeOf, splitParameters } from '../tensor/trainer.ts'
import { languageBatch, sequenceFeeds } from './batches.ts'
import { tensorShapes } from './checkpoint.ts'
import type { TransformerConfig } from './config.ts'
import { expectGradients } from './gradient.fixture.ts'
import { forward, frozen, type Weights } from './model.ts'
import { languageLoss, sequenceInputs } from './pretraining.ts'
import { randomTensors, tinyConfig } from './tiny.fixture.ts'

const qwen2 = tinyConfig({ vocabSize: 13, contextLength: 32 })
const models: Record<string, TransformerConfig> = {
  Qwen2: qwen2,
  'Qwen3, heads wider than their share': {
    ...qwen2,
    architecture: 'Qwen3ForCausalLM',
    headSize: 6,
    qkvBias: false,
    queryKeyNorm: true,
  },
  'Llama with bias and scaled rope': {
    ...qwen2,
    architecture: 'LlamaForCausalLM',
    outputBias: true,
    ropeScaling: { type: 'linear', factor: 2 },
  },
}

it.each(Object.keys(models))(
  "%s: the whole model's gradient predicts how the loss changes along every kind of parameter",
  async (name) => {
    const config = models[name]
    const shapes = tensorShapes(config)
    const stream = random('model')
    const parameters = flatten(shapes, (name, shape) =>
      Float32Array.from(
        { length: sizeOf(shape) },
        () => (name.includes('norm') ? 1 : 0) + 0.3 * stream.normal(),
      ),
    )
    const graph = new Graph()
    const flat = graph.input('parameters', 'float32', [parameters.length])
    const split = splitParameters(graph, flat, shapes)
    const loss = languageLoss(graph, config, split)
    const gradients = graph.gradients(loss, [...split.values()], add)
    graph.output('loss', loss)
    for (const [i, gradient] of gradients.entries()) graph.output(`gradient_${i}`, gradient)
    const program = await compile(graph, { threads: 1 })
    const sequences = [7, 12, 9].map((length) => ({
      ids: Array.from({ length }, () => stream.int(0, config.vocabSize - 1)),
      from: 3,
    }))
    const feeds = languageBatch(sequences).feeds()
    const run = (values: Float32Array) =>
      program.run({ ...feeds, parameters: tensor(values, [values.length]) })
    const lossAt = async (values: Float32Array) => ((await run(values)).loss.data as Float32Array)[0]

    const found = await run(parameters)
    const values = [...shapes].map((_, i) => found[`gradient_${i}`].data as Float32Array)
    await expectGradients(shapes, parameters, values, lossAt, { step: 0.02, tolerance: 0.02 })
  },
)

it('weights that lie outside the graph give what constants of it give', async () => {
  const tensors = randomTensors(tensorShapes(qwen2), 1)
  const run = async (weights: (graph: Graph) => Weights) => {
    const graph = new Graph()
    graph.output('hidden', forward(graph, qwen2, weights(graph), sequenceInputs(graph)))
    const program = await compile(graph, { threads: 1 })
    const { feeds } = sequenceFeeds([[1, 2, 3, 4, 5, 6]])
    return (await program.run(feeds)).hidden.data as Float32Array
  }
  const within = await run((graph) => frozen(graph, tensors))
  const outside = await run((graph) => (name) => {
    const { data, shape } = tensors.get(name)!
    return graph.bind(data, shape)
  })
  for (const [i, value] of within.entries()) expect(outside[i]).toBeCloseTo(value, 5)
})
