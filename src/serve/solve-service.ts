import type { Generator } from '../reasoning/types.ts'
import type { RewardModel } from '../reward/reward-model.ts'
import { type SearchName, type SolveResult, searches } from '../search/solve.ts'
import { ActorFailed, actorError } from './faults.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'

export interface Policy {
  generator: Generator
}

export interface ToSolve {
  problem: string
  search: SearchName
  n: number
  seed: number
}

export interface SolveService extends Pick<Scheduler<ToSolve, SolveResult>, 'load' | 'counts'> {
  solve(task: ToSolve, signal?: AbortSignal): Promise<SolveResult>
}

/** A search keeps all threads busy: two at a time, so that one samples while the other one scores. */
const solving = { batch: 1, ahead: 2, queue: 64 }

/** @param policy opened with the first problem */
export function solveService(policy: () => Promise<Policy>, reward: RewardModel): SolveService {
  let opened: Promise<Policy> | undefined
  const open = () => {
    opened ??= policy().catch((error) => {
      opened = undefined
      throw new ActorFailed(`the policy does not open: ${(error as Error).message}`, { cause: error })
    })
    return opened
  }
  const { submit, load, counts } = createScheduler<ToSolve, SolveResult>({
    ...solving,
    async run([{ problem, search, ...task }], signal) {
      try {
        const { generator } = await open()
        return [await searches[search](problem, { ...task, generator, scorer: reward, signal })]
      } catch (error) {
        throw actorError('policy or reward model', error)
      }
    },
  })
  return { solve: async (task, signal) => (await submit([task], signal))[0], load, counts }
}
