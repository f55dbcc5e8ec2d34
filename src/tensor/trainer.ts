import { type AdamW, adamw, adamwDefaults } from './adamw.ts'
import { Graph, type Value } from './graph.ts'
import { add, reshape } from './ops.ts'
import { compile, type Feeds, type Program, scalar, tensor } from './program.ts'

/** Parameters by name, in the order in which they lie in the flat vector. */
export type Shapes = Map<string, number[]>

/** Everything that a training run is, apart from its data: resuming from it continues bit for bit. */
export interface TrainingState {
  step: number
  parameters: Float32Array
  momentum: Float32Array
  variance: Float32Array
}

export interface Trainer {
  /** One step: forward, backward, clip, update. Returns the loss, the named extras and the gradient norm. */
  step(feeds: Feeds, rate: number): Promise<Record<string, number>>
  /** A view of the current state; copy what must outlive the next step. */
  readonly state: TrainingState
  close(): Promise<void>
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

/** Where each parameter lies in the flat vector. */
export function flatten(
  shapes: Shapes,
  tensors: (name: string, shape: number[]) => ArrayLike<number>,
): Float32Array {
  const flat = new Float32Array([...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0))
  let at = 0
  for (const [name, shape] of shapes) {
    flat.set(tensors(name, shape), at)
    at += sizeOf(shape)
  }
  return flat
}

/** Views into the flat vector, by name. */
export function unflatten(
  shapes: Shapes,
  flat: Float32Array,
): Map<string, { shape: number[]; data: Float32Array }> {
  const views = new Map<string, { shape: number[]; data: Float32Array }>()
  let at = 0
  for (const [name, shape] of shapes) {
    views.set(name, { shape, data: flat.subarray(at, at + sizeOf(shape)) })
    at += sizeOf(shape)
  }
  return views
}

/** Cuts a flat vector value [n] into parameters, by name. */
export function splitParameters(graph: Graph, flat: Value, shapes: Shapes): Map<string, Value> {
  const sizes = [...shapes.values()].map(sizeOf)
  const pieces = graph.split(
    'Split',
    [flat, graph.integers(sizes)],
    sizes.map((size) => [size]),
    { attributes: { axis: 0 } },
  )
  return new Map([...shapes].map(([name, shape], i) => [name, reshape(pieces[i], shape, shape)]))
}

/**
 * Compiles one graph that runs a whole training step. `loss` builds the forward pass from the parameters, declares its own
 * inputs on the graph, and returns the scalar to minimise together with scalars worth watching.
 * Matrices are decayed, vectors (norms, biases) are not.
 */
export async function createTrainer(options: {
  shapes: Shapes
  loss: (graph: Graph, parameters: Map<string, Value>) => { loss: Value; watch?: Record<string, Value> }
  state: TrainingState
  adamw?: Partial<AdamW>
  threads: number
}): Promise<Trainer> {
  const { shapes, threads } = options
  const optimiser = { ...adamwDefaults, ...options.adamw }
  const graph = new Graph()
  const n = options.state.parameters.length
  const names = ['parameters', 'momentum', 'variance'] as const
  const [parameters, momentum, variance] = names.map((name) => graph.input(name, 'float32', [n]))
  const [rate, correction1, correction2] = ['rate', 'correction1', 'correction2'].map((name) =>
    graph.input(name, 'float32', []),
  )
  const decayed = graph.input('decayed', 'float32', [n])

  const split = splitParameters(graph, parameters, shapes)
  const { loss, watch = {} } = options.loss(graph, split)
  const gradients = graph.gradients(loss, [...split.values()], add)
  const flat = graph.node(
    'Concat',
    gradients.map((gradient) =>
      graph.node('Reshape', [gradient, graph.integers([-1])], [sizeOf(gradient.shape as number[])]),
    ),
    [n],
    { attributes: { axis: 0 } },
  )
  const updated = adamw(
    graph,
    { parameters, momentum, variance },
    flat,
    { rate, correction1, correction2, decayed },
    optimiser,
  )
  for (const name of names) graph.output(`new_${name}`, updated[name])
  const watched: Record<string, Value> = { loss, ...watch, norm: updated.norm }
  for (const [name, value] of Object.entries(watched)) graph.output(name, value)

  const program: Program = await compile(graph, { threads })
  const mask = tensor(
    flatten(shapes, (_, shape) => new Float32Array(sizeOf(shape)).fill(shape.length > 1 ? 1 : 0)),
    [n],
  )
  // Two sets of buffers: each step reads one and writes the other.
  const fresh = () => new Float32Array(n)
  const sets = [options.state, { parameters: fresh(), momentum: fresh(), variance: fresh() }].map((arrays) =>
    Object.fromEntries(names.map((name) => [name, tensor(arrays[name], [n])])),
  )
  let step = options.state.step
  let current = 0

  return {
    async step(feeds, learningRate) {
      const [from, to] = [sets[current], sets[1 - current]]
      const result = await program.run(
        {
          ...feeds,
          ...from,
          decayed: mask,
          rate: scalar(learningRate),
          correction1: scalar(1 / (1 - optimiser.beta1 ** (step + 1))),
          correction2: scalar(1 / (1 - optimiser.beta2 ** (step + 1))),
        },
        Object.fromEntries(names.map((name) => [`new_${name}`, to[name]])),
      )
      current = 1 - current
      step++
      return Object.fromEntries(
        Object.keys(watched).map((name) => [name, (result[name].data as Float32Array)[0]]),
      )
    },
    get state() {
      const set = sets[current]
      const array = (name: string) => set[name].data as Float32Array
      return {
        step,
        parameters: array('parameters'),
        momentum: array('momentum'),
        variance: array('variance'),
      }
    },
    close: () => program.close(),
  }
}

/**
 * Reads one value at parameters that are still being trained: `build` makes it from them and declares its own inputs. The
 * graph is compiled when it is first read.
 */
export function parameterReader(
  shapes: Shapes,
  threads: number,
  build: (graph: Graph, parameters: Map<string, Value>) => Value,
): (parameters: Float32Array, feeds: Feeds) => Promise<Float32Array> {
  let program: Promise<Program> | undefined
  return async (parameters, feeds) => {
    const shape = [parameters.length]
    if (program === undefined) {
      const graph = new Graph()
      const flat = graph.input('parameters', 'float32', shape)
      graph.output('value', build(graph, splitParameters(graph, flat, shapes)))
      program = compile(graph, { threads })
    }
    const out = await (await program).run({ ...feeds, parameters: tensor(parameters, shape) })
    return out.value.data as Float32Array
  }
}
