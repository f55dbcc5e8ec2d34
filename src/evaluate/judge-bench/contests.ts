import { createHash } from 'node:crypto'
import { appendJsonLines } from '../../data/append.ts'
import { readJsonLines } from '../../data/jsonl.ts'
import { chunksOf } from '../../data/samples.ts'
import { type RankRules, tournamentOf } from '../../judge/rank-rules.ts'
import { type Contest, playTournaments, type TournamentResult } from '../../judge/tournaments/play.ts'
import type { Comparison, PairJudge, Problem } from '../../reasoning/types.ts'
import { verifierFor } from '../../tasks/index.ts'
import { makePools, type PoolRow, poolRow, type Reward } from '../lab/pools.ts'
import type { JudgingOptions, KeptJudgments } from './kept.ts'
import { type PolicySample, recordedPolicy } from './samples.ts'

/** Candidates of a tournament, which are the first ones of a pool, and samples of a pool: so many may rewards choose among. */
export const candidates = 8
export const poolSize = 64

/** How the judge chooses among candidates. @param gap of scores within which the cascade's leaders play */
export function playsWith(gap: number): Record<string, RankRules> {
  return {
    knockout: { tournament: 'knockout' },
    swiss: { tournament: 'swiss' },
    elo: { tournament: 'elo' },
    'elo of teams': { tournament: 'elo', teams: true },
    cascade: { tournament: 'elo', teams: true, cascade: gap },
  }
}

/** Problems scored together, whichever of them are there already. */
const group = 4

/** The samples of some problems as a reward sees them, kept in a file. */
export async function scoredPools(
  path: string,
  problems: readonly Problem[],
  samples: readonly PolicySample[],
  { n, seed, reward }: { n: number; seed: number; reward: Reward },
  { signal, onRows }: { signal?: AbortSignal; onRows?: (problems: number) => void } = {},
): Promise<PoolRow[]> {
  const file = await appendJsonLines(path)
  const maker = { generator: recordedPolicy(samples), verifier: verifierFor(), rewards: [reward], n }
  try {
    for await (const some of chunksOf(problems, group)) {
      if (!some.every(({ id }) => file.ids.has(id))) {
        signal?.throwIfAborted()
        await file.append((await makePools(some, seed, maker)).filter(({ id }) => !file.ids.has(id)))
      }
      onRows?.(some.length)
    }
  } finally {
    await file.close()
  }
  const found = new Map<string, PoolRow>()
  for await (const { row } of readJsonLines(path, poolRow)) found.set(row.id, row)
  return problems.map(({ id }) => found.get(id) as PoolRow)
}

/** A judge whose games are kept by what was asked: the same game of two tournaments is played once. Thoughts are not kept. */
export function keptGames(kept: KeptJudgments, judge: PairJudge, options: JudgingOptions): PairJudge {
  return {
    compare: (comparisons) =>
      kept.judged(
        comparisons.map((comparison) => ({ id: gameId(comparison), comparison })),
        async (some, asked) =>
          (await judge.compare(some, asked)).map((judgment) => ({ ...judgment, reasoning: '' })),
        options,
      ),
  }
}

function gameId({ query, responses, seed }: Comparison): string {
  return createHash('sha256')
    .update(JSON.stringify([query, ...responses, seed]))
    .digest('hex')
    .slice(0, 24)
}

/** Contests that are played together, round by round. */
const together = 32

/** Plays every contest; one of nobody has no result. */
export async function played(
  contests: readonly Contest[],
  rules: RankRules,
  { judge, seed, onPlayed }: { judge: PairJudge; seed: number; onPlayed?: (contests: number) => void },
): Promise<(TournamentResult | null)[]> {
  const results = new Map<string, TournamentResult>()
  const tournament = tournamentOf(rules)
  const able = contests.filter(({ entrants }) => entrants.length > 0)
  for await (const some of chunksOf(able, together)) {
    for (const result of await playTournaments(some, tournament, { judge, seed }))
      results.set(result.id, result)
    onPlayed?.(some.length)
  }
  return contests.map(({ id }) => results.get(id) ?? null)
}
