import { normalise } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'

/** One sampled solution of a problem, reduced to what a selection needs. */
export interface Candidate {
  /** Final answer, null when none could be read. */
  answer: string | null
  /** The reward, higher is better: for CRM log S(T), in nats. */
  score: number
  /** Is the answer right? Needed by the expectations only. */
  correct?: boolean
}

/** The candidate with the highest score; ties go to the first. null for no candidates. */
export function best<C extends Candidate>(candidates: readonly C[]): C | null {
  let chosen: C | null = null
  for (const candidate of checkedScores(candidates))
    if (chosen === null || candidate.score > chosen.score) chosen = candidate
  return chosen
}

/**
 * The most frequent answer, as the first candidate that gave it (self-consistency, Wang et al. 2022, arXiv 2203.11171).
 * Ties go to the answer seen first; a null answer has no vote. null when nobody voted.
 */
export function majority<C extends Candidate>(candidates: readonly C[]): C | null {
  return mostVoted(candidates, () => 0)
}

/**
 * The answer with the highest sum of exp(score) — for CRM the expected number of right candidates that gave it — as the
 * first candidate that gave it. Ties go to the answer seen first; a null answer has no vote. Sums are taken in log space, so
 * scores far below 0 do not underflow; a score that is no log-probability weighs as one all the same.
 */
export function weightedVote<C extends Candidate>(candidates: readonly C[]): C | null {
  return mostVoted(checkedScores(candidates), ({ score }) => score)
}

function mostVoted<C extends Candidate>(
  candidates: readonly C[],
  logWeight: (candidate: C) => number,
): C | null {
  const voters = candidates.filter(({ answer }) => answer !== null)
  const highest = voters.reduce((high, voter) => Math.max(high, logWeight(voter)), Number.NEGATIVE_INFINITY)
  const tally = new Map<string, { first: C; weight: number }>()
  for (const voter of voters) {
    const answer = normalise(voter.answer ?? '')
    const group = tally.get(answer) ?? { first: voter, weight: 0 }
    const log = logWeight(voter)
    // equal scores weigh 1 even when they are infinite
    group.weight += log === highest ? 1 : Math.exp(log - highest)
    tally.set(answer, group)
  }
  let chosen: { first: C; weight: number } | null = null
  for (const group of tally.values()) if (chosen === null || group.weight > chosen.weight) chosen = group
  return chosen?.first ?? null
}

/**
 * Unbiased pass@k from n samples of which c are right: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021, arXiv 2107.03374,
 * section 2.1), as a running product. Throws InputError unless 0 <= c <= n and 1 <= k <= n.
 */
export function passAt(n: number, c: number, k: number): number {
  checkDraw(n, k)
  if (!(Number.isInteger(c) && c >= 0 && c <= n)) throw new InputError(`${c} right of ${n} samples`)
  if (n - c < k) return 1
  let none = 1
  for (let i = n - c + 1; i <= n; i++) none *= 1 - k / i
  return 1 - none
}

/**
 * Expected correctness of best-of-k over all k-subsets of a pool of N >= k samples, exactly: with the pool sorted by falling
 * score, item i is the best of a random subset with probability C(N-1-i, k-1) / C(N, k). Unbiased for fresh samples, and far
 * less noisy than one draw. Tied candidates share their probabilities evenly, as if the pool came in random order (where
 * {@link best} takes the first). Throws InputError if a candidate's `correct` is not known.
 */
export function expectedBestOf(candidates: readonly Candidate[], k: number): number {
  const count = candidates.length
  checkDraw(count, k)
  const ranked = [...checkedScores(candidates)].sort(
    (a, b) => Number(b.score > a.score) - Number(b.score < a.score),
  )
  let expected = 0
  let probability = k / count
  for (let i = 0; i < count; ) {
    const { score } = ranked[i]
    let tied = 0
    let right = 0
    let share = 0
    for (; i < count && ranked[i].score === score; i++) {
      tied++
      right += Number(truthOf(ranked[i]))
      share += probability
      if (i < count - 1) probability *= (count - i - k) / (count - 1 - i)
    }
    expected += share * (right / tied)
  }
  return expected
}

/**
 * Mean correctness of a selection over the pool's disjoint consecutive blocks of k ({@link blocks}); choosing nothing is wrong.
 * Unbiased when samples are exchangeable; for votes, whose expectation has no closed form.
 */
export function expectedOverBlocks<C extends Candidate>(
  candidates: readonly C[],
  k: number,
  select: (block: readonly C[]) => C | null,
): number {
  const cut = blocks(candidates, k)
  let right = 0
  for (const block of cut) {
    const chosen = select(block)
    right += Number(chosen !== null && truthOf(chosen))
  }
  return right / cut.length
}

/** Disjoint consecutive blocks of k; what does not fill a last block is left out. */
export function blocks<T>(items: readonly T[], k: number): T[][] {
  checkDraw(items.length, k)
  return Array.from({ length: Math.floor(items.length / k) }, (_, i) => items.slice(i * k, (i + 1) * k))
}

function truthOf({ correct }: Candidate): boolean {
  if (correct === undefined) throw new InputError('a candidate is not labelled correct or wrong')
  return correct
}

function checkedScores<C extends Candidate>(candidates: readonly C[]): readonly C[] {
  for (const [i, { score }] of candidates.entries())
    if (Number.isNaN(score)) throw new InputError(`the score of candidate ${i} is NaN`)
  return candidates
}

function checkDraw(count: number, k: number) {
  if (!(Number.isInteger(k) && k >= 1 && k <= count))
    throw new InputError(`cannot take ${k} of ${count} samples`, {
      fix: 'sample more, or ask for a smaller N',
    })
}
