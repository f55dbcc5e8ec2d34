import fc from 'fast-check'
import { Graph } from '../../tensor/graph.ts'
import { add } from '../../tensor/ops.ts'
import { compile, tensor } from '../../tensor/program.ts'
import { labelFeeds, labelInputs, type SolutionLabel } from '../labels.ts'
import type { RewardKind } from './kind.ts'

/** Loss and d loss / d read-outs by a kind's graph, for solutions of differing lengths in one padded batch. */
export async function graphLoss(kind: RewardKind) {
  const graph = new Graph()
  const readOuts = graph.input('readOuts', 'float32', ['solutions', 'steps'])
  const loss = kind.loss(readOuts, labelInputs(graph))
  const [gradient] = graph.gradients(loss, [readOuts], add)
  graph.output('loss', loss)
  graph.output('gradient', gradient)
  const program = await compile(graph, { threads: 1 })
  return async (solutions: { readOuts: number[]; label: SolutionLabel }[]) => {
    const width = Math.max(...solutions.map(({ readOuts }) => readOuts.length))
    const padded = solutions.flatMap(({ readOuts }) => [
      ...readOuts,
      ...new Array(width - readOuts.length).fill(9),
    ])
    const out = await program.run({
      ...labelFeeds(
        solutions.map(({ readOuts, label }) => ({ steps: readOuts.length, label })),
        width,
      ),
      readOuts: tensor(Float32Array.from(padded), [solutions.length, width]),
    })
    const gradients = out.gradient.data as Float32Array
    return {
      loss: (out.loss.data as Float32Array)[0],
      gradients: solutions.map(({ readOuts }, row) =>
        Array.from(gradients.slice(row * width, row * width + readOuts.length)),
      ),
    }
  }
}

/** Solutions of 1 to `most` steps with any read-outs, right ones and wrong ones, the first error known, unknown or none. */
export function anySolution({ most, extent }: { most: number; extent: number }) {
  return fc
    .array(fc.double({ min: -extent, max: extent, noNaN: true }), { minLength: 1, maxLength: most })
    .chain((readOuts) =>
      fc.record({
        readOuts: fc.constant(readOuts),
        label: fc.record({
          correct: fc.boolean(),
          firstError: fc.oneof(
            fc.integer({ min: 0, max: readOuts.length - 1 }),
            fc.constant('unknown' as const),
            fc.constant(null),
          ),
        }),
      }),
    )
}
