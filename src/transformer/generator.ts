import { availableParallelism } from 'node:os'
import { checkCounts } from '../reasoning/counts.ts'
import type { Continuation, GenerateRequest, Generator } from '../reasoning/types.ts'
import { createPool } from '../tensor/pool.ts'
import { readCheckpoint } from './checkpoint.ts'
import { checkWrites } from './config.ts'
import { checkGenerating, type GenerateOptions, generateDefaults } from './generate.ts'
import { shippedModel } from './shipped.ts'

/** Sequences that a thread is handed at a time: enough to keep its batch full, few enough to share out evenly. */
const share = 512

export interface EmbeddedGenerator extends Generator, AsyncDisposable {
  fits(problem: string, prefix: string[]): boolean
  /** Ends the threads. They do not keep a process from ending. */
  close(): Promise<void>
}

/**
 * A Generator that runs a checkpoint directory on this machine, one thread per `threads` (default: one a core). Without a
 * directory it is the policy that comes with assay.
 * @throws InputError when the directory holds no usable language model; on threads or tokens below 1, a temperature below 0, a topP outside (0, 1]
 */
export function embeddedGenerator(
  directory = shippedModel('policy'),
  settings: Partial<GenerateOptions> & { threads?: number } = {},
): EmbeddedGenerator {
  const { threads = availableParallelism(), ...given } = settings
  const options = { ...generateDefaults, ...given }
  checkCounts({ threads })
  checkGenerating(options)
  const { config, tokenizer } = readCheckpoint(directory)
  checkWrites(config, directory)
  tokenizer.specials // a foreign tokenizer is refused here, not in a thread
  const pool = createPool<GenerateRequest[], Continuation[][]>(
    new URL('./generate-worker.ts', import.meta.url),
    { directory, options },
    threads,
  )
  return {
    async generate(requests, { signal } = {}) {
      const total = requests.reduce((sum, { seeds }) => sum + seeds.length, 0)
      const size = Math.max(1, Math.min(share, Math.ceil(total / threads)))
      // Pieces of about `size` sequences, cut between requests or, where one is larger, between its seeds.
      const jobs: { index: number; request: GenerateRequest }[][] = [[]]
      let room = size
      for (const [index, request] of requests.entries()) {
        for (let at = 0; at < request.seeds.length; ) {
          if (room === 0) {
            jobs.push([])
            room = size
          }
          const seeds = request.seeds.slice(at, at + room)
          jobs[jobs.length - 1].push({ index, request: { ...request, seeds } })
          at += seeds.length
          room -= seeds.length
        }
      }
      const results: Continuation[][] = requests.map(() => [])
      const answers = await Promise.all(
        jobs.map((job) =>
          pool.run(
            job.map(({ request }) => request),
            signal,
          ),
        ),
      )
      for (const [i, job] of jobs.entries())
        for (const [j, { index }] of job.entries()) results[index].push(...answers[i][j])
      return results
    },
    fits: (problem, prefix) => tokenizer.encodePrompt(problem, prefix).length < config.contextLength,
    close: pool.close,
    [Symbol.asyncDispose]: pool.close,
  }
}
