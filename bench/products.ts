import { random } from '../src/reasoning/random.ts'
import { Graph, type Value } from '../src/tensor/graph.ts'
import { linear } from '../src/tensor/layers.ts'
import { compile, type Program, tensor } from '../src/tensor/program.ts'
import type { TransformerConfig } from '../src/transformer/config.ts'

/** Matrix products alone, as many floating-point operations as it says. */
export interface Products {
  operations: number
  run(): Promise<void>
  close(): Promise<void>
}

/** One product [size, size] x [size, size]: what the library can do at best. */
export function square(size: number, threads: number): Promise<Products> {
  return products(size, threads, (x, weight) => [linear(x, weight(size, size))], size)
}

/** The weight products of one forward pass of `rows` tokens in their order, and nothing else of the model. */
export function skeleton(config: TransformerConfig, rows: number, threads: number): Promise<Products> {
  const { hiddenSize, heads, keyValueHeads, headSize, intermediateSize, layers, vocabSize } = config
  return products(
    rows,
    threads,
    (x, weight) => {
      const loose: Value[] = []
      let hidden = x
      for (let layer = 0; layer < layers; layer++) {
        const query = linear(hidden, weight(heads * headSize, hiddenSize))
        for (let each = 0; each < 2; each++)
          loose.push(linear(hidden, weight(keyValueHeads * headSize, hiddenSize)))
        const mixed = linear(query, weight(hiddenSize, heads * headSize))
        loose.push(linear(mixed, weight(intermediateSize, hiddenSize)))
        hidden = linear(
          linear(mixed, weight(intermediateSize, hiddenSize)),
          weight(hiddenSize, intermediateSize),
        )
      }
      return [linear(hidden, weight(vocabSize, hiddenSize)), ...loose]
    },
    hiddenSize,
  )
}

async function products(
  rows: number,
  threads: number,
  build: (x: Value, weight: (out: number, into: number) => Value) => Value[],
  width: number,
): Promise<Products> {
  const graph = new Graph()
  const { normal } = random('products')
  let operations = 0
  const x = graph.input('x', 'float32', [rows, width])
  const weight = (out: number, into: number) => {
    operations += 2 * rows * out * into
    const deviation = 1 / Math.sqrt(into)
    return graph.constant(
      Float32Array.from({ length: out * into }, () => normal() * deviation),
      [out, into],
    )
  }
  // one number of each result is read, so none can be left out and none is copied
  const first = (value: Value) =>
    graph.node('Slice', [value, graph.integers([0, 0]), graph.integers([1, 1])], [1, 1])
  for (const [i, value] of build(x, weight).entries()) graph.output(`out_${i}`, first(value))
  const program: Program = await compile(graph, { threads })
  const feeds = { x: tensor(Float32Array.from({ length: rows * width }, normal), [rows, width]) }
  return {
    operations,
    run: async () => {
      await program.run(feeds)
    },
    close: () => program.close(),
  }
}
