import type { Pair, PairLabel, RecordedJudgment } from '../../data/pairs/pair.ts'
import { flipped } from '../../data/pairs/pair.ts'
import { chunksOf } from '../../data/samples.ts'
import { judgmentsOf } from '../../judge/judgments.ts'
import { dialects, readVerdict } from '../../judge/verdict.ts'
import { InputError } from '../../reasoning/errors.ts'
import { seedOf } from '../../reasoning/random.ts'
import type { Comparison, Judgment, PairJudge } from '../../reasoning/types.ts'

/** A pair with what a judge says of it, shown as given and swapped; null: it was not asked so. */
export interface PairVerdicts {
  pair: Pair
  orders: readonly [asGiven: OrderVerdict | null, swapped: OrderVerdict | null]
  /** Counted by a live judge; of a recorded one the tokens are a guess from what it wrote down. */
  source: 'live' | 'recorded'
}

export interface OrderVerdict {
  /** Place of the better response in `pair.responses`, whichever was shown first; 'tie'; null: no verdict. */
  verdict: PairLabel | null
  /** As the judge gave it: `winner` is a place as shown. */
  judgment: Judgment
}

interface JudgeRunOptions {
  seed: number
  /** Pairs asked of the judge at a time, each in both orders. Default 32. */
  batch?: number
  signal?: AbortSignal
}

/**
 * Asks a judge about every pair in both orders, one result a pair, in order. The seed of a comparison depends on `seed`, the pair's id and
 * the order alone.
 *
 * @throws JudgeFailed when the judge breaks its contract
 */
export async function* judgeInBothOrders(
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  judge: PairJudge,
  { seed, batch = 32, signal }: JudgeRunOptions,
): AsyncGenerator<PairVerdicts> {
  for await (const some of chunksOf(pairs, batch)) {
    const comparisons = some.flatMap((pair) => bothOrders(pair, seed))
    const judgments = await judgmentsOf(judge, comparisons, { signal })
    for (const [i, pair] of some.entries()) {
      const [asGiven, swapped] = judgments.slice(2 * i, 2 * i + 2).map((judgment) => ({
        verdict: verdictOf(judgment),
        judgment,
      }))
      const flippedBack = { ...swapped, verdict: flipped(swapped.verdict) }
      yield { pair, orders: [asGiven, flippedBack], source: 'live' }
    }
  }
}

function bothOrders({ id, query, responses: [first, second] }: Pair, seed: number): Comparison[] {
  return [
    { query, responses: [first, second], seed: seedOf('judge pair', seed, id, 'as given') },
    { query, responses: [second, first], seed: seedOf('judge pair', seed, id, 'swapped') },
  ]
}

/** Was a judgment published with the pair? */
export function isRecorded({ recorded }: Pair): boolean {
  return Boolean(recorded?.asGiven || recorded?.swapped)
}

/**
 * The judgment that was published with a pair, its text read as a live reply is. The published verdict counts only where no text can be
 * read: files record wrong ones.
 *
 * @throws InputError when none was published
 */
export function recordedJudgment(pair: Pair): PairVerdicts {
  const { asGiven, swapped } = pair.recorded ?? {}
  if (!isRecorded(pair))
    throw new InputError(`holds no judgment of ${pair.id}`, {
      fix: 'Judge the pairs with a live judge instead.',
    })
  const ofSwapped = swapped && readRecorded({ ...swapped, published: flipped(swapped.published) })
  return {
    pair,
    orders: [
      asGiven ? readRecorded(asGiven) : null,
      ofSwapped ? { ...ofSwapped, verdict: flipped(ofSwapped.verdict) } : null,
    ],
    source: 'recorded',
  }
}

/** All as shown: `published` too. */
function readRecorded({ text, dialect, cut, published }: RecordedJudgment): OrderVerdict {
  // four characters are a token, as where a server does not count
  const said = { reasoning: text ?? '', tokens: Math.ceil((text?.length ?? 0) / 4) }
  if (text !== null && dialect !== null) {
    const decision = readVerdict({ text, finish: cut ? 'length' : 'stop' }, dialects[dialect])
    const judgment = { ...decision, ...said }
    return { verdict: verdictOf(judgment), judgment }
  }
  if (published === 'tie')
    return { verdict: 'tie', judgment: { winner: null, nonVerdict: 'refused', tie: true, ...said } }
  if (published !== null)
    return { verdict: published, judgment: { winner: published, nonVerdict: null, ...said } }
  const nonVerdict = cut ? 'truncated' : text === null ? 'failed' : 'unparseable'
  return { verdict: null, judgment: { winner: null, nonVerdict, ...said, error: 'no verdict was published' } }
}

/** As shown. */
function verdictOf({ winner, tie }: Judgment): PairLabel | null {
  return winner ?? (tie ? 'tie' : null)
}

/** A verdict that was published otherwise than its text reads. */
export interface VerdictDifference {
  id: string
  order: 'as given' | 'swapped'
  /** Places in the pair's responses; null for no verdict. */
  published: PairLabel | null
  read: PairLabel | null
  text: string
}

/** Where the texts of recorded judgments say something else than the verdicts published with them. */
export function differences(rows: readonly PairVerdicts[]): VerdictDifference[] {
  return rows.flatMap(({ pair, orders }) =>
    [pair.recorded?.asGiven, pair.recorded?.swapped].flatMap((recorded, i) => {
      const read = orders[i]?.verdict ?? null
      if (!recorded || read === recorded.published) return []
      const order = i === 0 ? ('as given' as const) : ('swapped' as const)
      return [{ id: pair.id, order, published: recorded.published, read, text: recorded.text ?? '' }]
    }),
  )
}
