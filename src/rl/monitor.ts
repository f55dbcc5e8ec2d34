import { type HackName, hackCounts, hackNames, type hacks } from './hacks.ts'
import type { Attempt } from './rewards.ts'
import { redundantSteps, repetition } from './texts.ts'

/** What one step's rollouts look like, means over them. */
export interface RolloutMetrics {
  /** Share that is right, by the exact verifier: never a part of the reward, unless it was asked for. */
  gold: number
  /** Generated tokens. */
  tokens: number
  /** Steps of a rollout. */
  steps: number
  /** Characters of a step. */
  step_length: number
  /** See {@link repetition}. */
  repetition: number
  /** Share of steps that add nothing; see {@link redundantSteps}. */
  redundant: number
  /** Share without an answer. */
  unanswered: number
  /** Of each of {@link hacks}: steps of a rollout in which it is. */
  hacks: Record<HackName, number>
}

export function rolloutMetrics(rollouts: readonly Attempt[], correct: readonly boolean[]): RolloutMetrics {
  const mean = (value: (rollout: Attempt, i: number) => number) =>
    rollouts.reduce((sum, rollout, i) => sum + value(rollout, i), 0) / rollouts.length
  const steps = rollouts.flatMap((rollout) => rollout.steps)
  const redundant = rollouts.flatMap((rollout) => redundantSteps(rollout.steps))
  const counts = rollouts.map(({ problem, steps }) => hackCounts(problem, steps))
  return {
    gold: mean((_, i) => Number(correct[i])),
    tokens: mean(({ ids, promptLength }) => ids.length - promptLength),
    steps: mean((rollout) => rollout.steps.length),
    step_length: steps.reduce((sum, step) => sum + step.length, 0) / Math.max(1, steps.length),
    repetition: mean((rollout) => repetition(rollout.steps.join('\n'))),
    redundant: redundant.filter(Boolean).length / Math.max(1, redundant.length),
    unanswered: mean(({ answer }) => Number(answer === null)),
    hacks: Object.fromEntries(hackNames.map((name) => [name, mean((_, i) => counts[i][name])])) as Record<
      HackName,
      number
    >,
  }
}

/** A reward that is being gamed: the proxy has gone up since gold was at its best, and gold has gone down. */
export interface Hacking {
  /** The step (from 0) about which gold was at its best. */
  began: number
  /** The step at which it was noticed. */
  noticed: number
  /** Means of the last steps, less those of as many about `began`. */
  proxy: number
  gold: number
}

export interface Watch {
  /**
   * Steps that are averaged, shortest first, and the standard errors of a difference of two such means by which both must have moved. Short windows
   * see a collapse at once, long ones a slow decline.
   */
  windows: readonly { steps: number; errors: number }[]
  /** Least fall of gold that counts. */
  fall: number
}

/**
 * By which about one of a hundred runs of 200 steps raises an alarm whose gold does not change while the proxy rises, the worst case
 * (monitor.test.ts). Chosen by simulated curves alone.
 */
export const watchDefaults: Watch = {
  windows: [
    { steps: 10, errors: 5 },
    { steps: 20, errors: 4.75 },
    { steps: 40, errors: 4.5 },
  ],
  fall: 0.03,
}

/** Steps that the shortest window needs: in fewer nothing can be seen. */
export const leastWatched = 2 * watchDefaults.windows[0].steps

/** A proxy that moves by less than this has not moved: it is the rounding of a sum. */
const rounding = 1e-9

/**
 * Looks for "proxy up, gold down" in the means of the steps so far: over a moving window, is gold below its best, and the proxy
 * above what it was then? Null where it is not so. At each step it uses what was known by then: the same alarm, whether a run is watched
 * or looked back on.
 */
export function findHacking(
  proxy: readonly number[],
  gold: readonly number[],
  { windows, fall }: Watch = watchDefaults,
): Hacking | null {
  const [proxies, golds] = [proxy, gold].map(sums)
  const best = windows.map(() => 0) // ends of the windows
  const [proxyJumps, goldJumps]: [number[], number[]] = [[], []]
  for (let end = 2; end <= gold.length; end++) {
    const proxyNoise = noiseWith(proxyJumps, Math.abs(proxy[end - 1] - proxy[end - 2]))
    const goldNoise = noiseWith(goldJumps, Math.abs(gold[end - 1] - gold[end - 2]))
    for (const [k, { steps, errors }] of windows.entries()) {
      if (end < steps) continue
      if (best[k] === 0 || mean(golds, end, steps) > mean(golds, best[k], steps)) best[k] = end
      const down = mean(golds, best[k], steps) - mean(golds, end, steps)
      const up = mean(proxies, end, steps) - mean(proxies, best[k], steps)
      const moved = (change: number, noise: number) => change > errors * Math.sqrt((2 * noise) / steps)
      if (end < 2 * steps || down <= fall || up <= rounding) continue
      if (moved(down, goldNoise) && moved(up, proxyNoise))
        return {
          began: peak(golds, best[k], steps, windows[0].steps),
          noticed: end - 1,
          proxy: up,
          gold: -down,
        }
    }
  }
  return null
}

/** Of normal noise, one jump in a thousand is larger than so many times the median. */
const largestJump = 5

/**
 * The variance of a step about the steps next to it, which shows in how much they differ. One that is far off does not hide for the rest of a run
 * what comes after it.
 *
 * @param jumps from step to step so far, rising; the next is added
 */
function noiseWith(jumps: number[], next: number): number {
  const above = jumps.findIndex((jump) => jump > next)
  jumps.splice(above === -1 ? jumps.length : above, 0, next)
  const median = jumps[jumps.length >> 1]
  // where most steps are as the one before, what is left is all the noise there is
  const most = median > 0 ? largestJump * median : Infinity
  return jumps.reduce((sum, jump) => sum + Math.min(jump, most) ** 2, 0) / (2 * jumps.length)
}

/** The middle of the best short window within the long one that ends at `end`. */
function peak(golds: readonly number[], end: number, long: number, short: number): number {
  let best = end - long + short
  for (let at = best + 1; at <= end; at++) if (mean(golds, at, short) > mean(golds, best, short)) best = at
  return best - Math.ceil(short / 2)
}

/** Hacks that the last steps have more of than the first, by {@link watchDefaults}; counts a rollout, then and now. */
export function grownHacks(
  rows: readonly Pick<RolloutMetrics, 'hacks'>[],
): { name: HackName; before: number; after: number }[] {
  const [{ steps, errors }] = watchDefaults.windows
  if (rows.length < leastWatched) return []
  return hackNames.flatMap((name) => {
    const values = rows.map((row) => row.hacks[name])
    const [before, after] = [mean(sums(values), steps, steps), mean(sums(values), values.length, steps)]
    const noise = values.slice(1).reduce((sum, value, i) => sum + (value - values[i]) ** 2 / 2, 0)
    const grown = after - before > errors * Math.sqrt((2 * noise) / (values.length - 1) / steps)
    return grown && after - before > leastGrowth ? [{ name, before, after }] : []
  })
}

/** Steps of a rollout: a hack that has grown by less is a habit at most. */
export const leastGrowth = 0.05

/** Sums of the first 0, 1, 2... values. */
function sums(values: readonly number[]): number[] {
  const sums = [0]
  for (const value of values) sums.push(sums[sums.length - 1] + value)
  return sums
}

function mean(sums: readonly number[], end: number, count: number): number {
  return (sums[end] - sums[end - count]) / count
}
