import { random } from '../reasoning/random.ts'
import { Graph, type Value } from './graph.ts'
import { add, multiply, sum } from './ops.ts'
import { compile, tensor } from './program.ts'
import { sizeOf } from './trainer.ts'

export interface GradientCheck {
  /** Shape of each differentiable input. */
  shapes: number[][]
  /** Builds the output from the inputs. */
  build: (graph: Graph, inputs: Value[]) => Value
  /** Draws an input's values; standard normal when left out. */
  draw?: (normal: () => number) => number
  seed?: number
}

/**
 * For tests: compares the gradient of sum(output * fixed random weights) with central differences. Returns the largest
 * error of each input, relative to the largest gradient.
 */
export async function gradientErrors({
  shapes,
  build,
  draw = (normal) => normal(),
  seed = 1,
}: GradientCheck): Promise<number[]> {
  const stream = random('gradient', seed)
  const data = shapes.map((shape) => Float32Array.from({ length: sizeOf(shape) }, () => draw(stream.normal)))
  const graph = new Graph()
  const inputs = shapes.map((shape, i) => graph.input(`input_${i}`, 'float32', shape))
  const output = build(graph, inputs)
  const outputShape = output.shape.map(Number)
  const weights = Float32Array.from({ length: sizeOf(outputShape) }, () => stream.normal())
  const loss = sum(multiply(output, graph.constant(weights, outputShape)))
  const gradients = graph.gradients(loss, inputs, add)
  graph.output('output', output)
  for (const [i, gradient] of gradients.entries()) graph.output(`gradient_${i}`, gradient)
  const program = await compile(graph, { threads: 1 })
  const run = () =>
    program.run(Object.fromEntries(data.map((values, i) => [`input_${i}`, tensor(values, shapes[i])])))
  /** The loss is summed here in double precision. */
  const lossNow = async () => {
    const values = (await run()).output.data as Float32Array
    return values.reduce((total, value, i) => total + value * weights[i], 0)
  }
  const found = await run()
  const errors: number[] = []
  for (const [i, values] of data.entries()) {
    const exact = found[`gradient_${i}`].data as Float32Array
    const scale = Math.max(...exact.map(Math.abs), 1e-3)
    let worst = 0
    for (let at = 0; at < values.length; at++) {
      const held = values[at]
      const step = 1e-2 * Math.max(1, Math.abs(held))
      const at4 = [2, 1, -1, -2].map((multiple) => async () => {
        values[at] = held + multiple * step
        return lossNow()
      })
      const [far, near, back, farBack] = [await at4[0](), await at4[1](), await at4[2](), await at4[3]()]
      values[at] = held
      // Fourth-order central difference: rounding, not curvature, is then what is left at this step.
      const slope = (8 * (near - back) - (far - farBack)) / (12 * step)
      worst = Math.max(worst, Math.abs(slope - exact[at]) / scale)
    }
    errors.push(worst)
  }
  await program.close()
  return errors
}
