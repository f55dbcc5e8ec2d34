import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Graph } from '../../tensor/graph.ts'
import { joined } from '../../tensor/joined.ts'
import { compile, type Feeds, type Program } from '../../tensor/program.ts'
import { readSafetensors, type Tensor, writeSafetensors } from '../../tensor/safetensors.ts'
import { fingerprintOf } from '../fingerprint.ts'
import { type EncodedSolution, inGroups } from './batches.ts'
import type { LearnerOptions, Reading } from './learner.ts'

/** What a model that stays as it is reads of solutions. */
export interface Frozen {
  /** Names the files. */
  name: string
  tensors: ReadonlyMap<string, Tensor>
  /** Its output `read` has as many numbers for each solution of a group as for the longest. */
  graph: Graph
  feeds(group: readonly EncodedSolution[]): Feeds
  /** How many of them are the solution's own. */
  sizeOf(solution: EncodedSolution): number
}

/** Solutions whose readings share a file. */
const perFile = 256

/** What it reads of each solution; from `directory` where an earlier run had come to it, and kept there. */
export async function keptReadings(
  { name, tensors, graph, feeds, sizeOf }: Frozen,
  solutions: readonly EncodedSolution[],
  { batchTokens, threads }: Pick<LearnerOptions, 'batchTokens' | 'threads'>,
  { directory, onRead, signal }: Reading,
): Promise<Map<EncodedSolution, Float32Array>> {
  mkdirSync(directory, { recursive: true })
  const model = fingerprintOf(tensors)
  let program: Program | undefined
  const compute = async (group: readonly EncodedSolution[]) => {
    signal?.throwIfAborted()
    program ??= await compile(graph, { threads })
    const data = (await program.run(feeds(group))).read.data as Float32Array
    const width = data.length / group.length
    return group.map((solution, row) => data.slice(row * width, row * width + sizeOf(solution)))
  }
  const readings = new Map<EncodedSolution, Float32Array>()
  try {
    for (let from = 0; from < solutions.length; from += perFile) {
      signal?.throwIfAborted()
      const some = solutions.slice(from, from + perFile)
      const file = join(directory, `${name}-${from / perFile}.safetensors`)
      const of = createHash('sha256')
        .update(JSON.stringify([model, some.map(({ ids }) => ids)]))
        .digest('hex')
      let data = stored(file, of)
      if (data === undefined) {
        data = joined(await inGroups(some, batchTokens, compute))
        writeSafetensors(file, new Map([['read', { shape: [data.length], data }]]), { metadata: { of } })
      }
      let end = 0
      for (const solution of some) {
        const start = end
        end += sizeOf(solution)
        readings.set(solution, data.subarray(start, end))
      }
      onRead?.(from + some.length, solutions.length)
    }
  } finally {
    await program?.close()
  }
  return readings
}

/** undefined where there is nothing, or what another model read, or of other solutions. */
function stored(file: string, of: string): Float32Array | undefined {
  if (!existsSync(file)) return undefined
  const { tensors, metadata } = readSafetensors(file)
  return metadata.of === of ? tensors.get('read')?.data : undefined
}
