import { afterEach } from 'vitest'
import { random, seedOf } from '../reasoning/random.ts'
import type { Comparison, Judgment, PairJudge } from '../reasoning/types.ts'
import { crm } from '../reward/kinds/crm.ts'
import type { RewardKind } from '../reward/kinds/kind.ts'
import type { RewardModel } from '../reward/reward-model.ts'
import { type RewardScores, rewardScores } from '../reward/scores.ts'
import type { ToScore } from '../reward/scoring.ts'
import { hazards } from '../reward/survival.ts'
import { type AppOptions, rewardApp } from './app.ts'
import { judgeService } from './judge-service.ts'
import { batchesAhead, type ScoreLimits, scoreService, unlikely } from './score-service.ts'
import { type ServerOptions, startServer } from './server.ts'
import { type Policy, solveService } from './solve-service.ts'

export interface FakeReward extends RewardModel {
  /** All calls, and the solutions of each. */
  calls: ToScore[][]
  /** Calls wait while it is shut. */
  gate: { shut(): void; open(): void }
  /** What the next calls throw, or answer in place of scores. */
  misbehave(how: ((solutions: readonly ToScore[]) => RewardScores[]) | null): void
}

/** Longest solution that fits, in characters. */
export const fakeContext = 2000

/** The raw read-outs of the fake reward: a hash of the problem and the steps so far. */
export function fakeReadOuts({ problem, steps }: ToScore): number[] {
  return steps.map((_, t) => random(seedOf(problem, ...steps.slice(0, t + 1))).normal() - 2)
}

/** A reward without a model; one cannot read 'unreadable' problems, and 'explode' breaks it. */
export function fakeReward(kind: RewardKind = crm()): FakeReward {
  const calls: ToScore[][] = []
  let waiting: Promise<void> | null = null
  let release = () => {}
  let misbehaviour: Parameters<FakeReward['misbehave']>[0] = null
  const scores = async (solutions: readonly ToScore[]) => {
    calls.push([...solutions])
    if (waiting) await waiting
    if (misbehaviour) return misbehaviour(solutions)
    for (const { problem } of solutions) {
      if (problem.includes('explode')) throw new Error('CUDA out of memory')
    }
    return solutions.map((solution) => rewardScores(kind, fakeReadOuts(solution)))
  }
  const logits = async (solutions: readonly ToScore[]) => solutions.map(fakeReadOuts)
  const session = {
    scores,
    logits,
    score: async (solutions: readonly ToScore[]) => (await logits(solutions)).map(hazards),
  }
  return {
    ...session,
    kind,
    session: () => session,
    // as a server is asked: later, and wherever it runs
    fits: async ({ problem, steps }) =>
      !problem.includes('unreadable') && problem.length + steps.join('').length <= fakeContext,
    close: async () => {},
    calls,
    gate: {
      shut() {
        waiting = new Promise((resolve) => {
          release = resolve
        })
      },
      open() {
        waiting = null
        release()
      },
    },
    misbehave: (how) => {
      misbehaviour = how
    },
  }
}

/** Names the longer response; 'torn' in the query leaves it without a verdict, 'down' fails. */
export function fakeJudge(): PairJudge & { asked: Comparison[] } {
  const asked: Comparison[] = []
  return {
    asked,
    async compare(comparisons) {
      asked.push(...comparisons)
      return comparisons.map(({ query, responses: [a, b] }): Judgment => {
        const none = { winner: null, reasoning: 'Hm.', tokens: 3 }
        if (query.includes('down')) return { ...none, nonVerdict: 'failed', error: 'no answer', tokens: 0 }
        if (query.includes('torn')) return { ...none, nonVerdict: 'unparseable' }
        return { winner: a.length >= b.length ? 0 : 1, nonVerdict: null, reasoning: 'Longer.', tokens: 7 }
      })
    },
  }
}

/** Writes a check or two and an answer, as the seed says. */
export const fakePolicy: Policy = {
  generator: {
    async generate(requests) {
      return requests.map(({ prefix = [], seeds, until }) =>
        seeds.map((seed) => {
          const answer = `Answer: ${seed % 3}`
          const check = `Check: ${seed % 5}`
          if (until === 'end') return { steps: [check, answer], finish: 'end' as const, tokens: 9, seed }
          if (prefix.length === 0) return { steps: [check], finish: 'step' as const, tokens: 5, seed }
          if (prefix.length === 1) return { steps: [answer], finish: 'step' as const, tokens: 4, seed }
          return { steps: [], finish: 'end' as const, tokens: 1, seed }
        }),
      )
    },
  },
}

export interface TestServerOptions extends AppOptions, ServerOptions, Partial<ScoreLimits> {
  reward?: RewardModel
  judge?: PairJudge | null
  judgeDefaults?: { seed: number; bothOrders: boolean }
  policy?: Policy | null
  separator?: string
  unanswered?: number | null
}

export interface Answered {
  status: number
  headers: Headers
  body: ReturnType<typeof JSON.parse>
}

export interface TestServer {
  url: string
  reward: FakeReward
  bugs: unknown[]
  post(
    path: string,
    body: unknown,
    init?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Answered>
  get(path: string, headers?: Record<string, string>): Promise<Answered>
  drain(): Promise<void>
}

const running: TestServer[] = []

/** Servers end with the test that started them. */
export function endServers(): void {
  afterEach(async () => {
    await Promise.all(
      running.splice(0).map(async ({ reward, drain, bugs }) => {
        reward.gate.open()
        await drain()
        if (bugs.length > 0) throw new Error('a bug', { cause: bugs[0] })
      }),
    )
  })
}

/** A server on a free port of 127.0.0.1. */
export async function serve(options: TestServerOptions = {}): Promise<TestServer> {
  const { judge = null, policy = null, separator, maxSteps = 20, maxLength = 10_000, queue = 64 } = options
  const fake = fakeReward()
  const reward = options.reward ?? fake
  const bugs: unknown[] = []
  const app = rewardApp(
    {
      scoring: scoreService(reward, { maxSteps, maxLength, queue }),
      judging: judge && judgeService({ judge, seed: 1, ...options.judgeDefaults }),
      solving: policy && solveService(async () => policy, reward),
      separator,
      unanswered: options.unanswered === undefined ? unlikely : options.unanswered,
    },
    { onBug: (error) => bugs.push(error), ...options },
  )
  const { url, drain } = await startServer(app, { port: 0, ...options })
  const answered = async (response: Response): Promise<Answered> => {
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
  let drained: Promise<void> | undefined
  const server: TestServer = {
    url,
    reward: fake,
    bugs,
    post: async (path, body, { headers, signal } = {}) =>
      answered(
        await fetch(url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
          signal,
        }),
      ),
    get: async (path, headers) => answered(await fetch(url + path, { headers })),
    drain: () => {
      drained ??= drain()
      return drained
    },
  }
  running.push(server)
  return server
}

/** Until a thing is so: turns of the event loop, not time. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    if (turn > 20_000) throw new Error('it never came to be')
    await new Promise(setImmediate)
  }
}

/** Requests that take all batches that may be under way, and get no answer before the gate is opened: what comes after them waits. */
export async function blocked({ post, reward }: Pick<TestServer, 'post' | 'reward'>) {
  reward.gate.shut()
  const under: Promise<Answered>[] = []
  while (under.length < batchesAhead) {
    under.push(post('/v1/score', { solutions: [{ problem: 'p', steps: ['a', 'b'] }] }))
    await until(() => reward.calls.length === under.length)
  }
  return { under: Promise.all(under) }
}
