import type { KindName } from '../reward/kinds/kinds.ts'
import { sigmoid, softplus, survivalCurve } from '../reward/survival.ts'
import type { Earning } from './rewards.ts'

/**
 * Makes the rewards of a solution's steps from a reward model's read-outs of them. Hazards and probabilities of a bad step are
 * sigmoid(u) of a read-out u; p = 1 - sigmoid(u) is the probability that a step is good.
 */
export interface Shaping {
  name: string
  formula: string
  /** Where the formula is from. */
  source: string
  /** Kinds of reward models whose read-outs it understands. */
  kinds: readonly KindName[]
  /** Step rewards, shape [T], from read-outs, shape [T >= 1]. */
  rewards: (readOuts: readonly number[], options: { beta: number }) => number[]
  earning: Earning
  /** What a solution without an answer gets at its last token instead, at most: see `ProcessReward`. */
  floor: number
}

const good = (readOuts: readonly number[]) => readOuts.map((u) => sigmoid(-u))
const logGood = (readOuts: readonly number[]) => readOuts.map((u) => -softplus(u))
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** log of one in a thousand */
const unlikely = Math.log(1e-3)

/** Temperature of the soft minimum of PURE, of rewards from -1 to 1. */
const softMinimum = 0.1

/** Below this a step earns nothing more by the clip shaping. */
const clipAt = 0.5

export const shapings = {
  crm: {
    formula: 'r(t) = log(1 - h(t)); the sum is log S(T)',
    source: 'Conditional Reward Modeling, arXiv 2509.26578, section 3',
    kinds: ['crm', 'masked-prm'],
    rewards: logGood,
    earning: 'step',
    floor: unlikely,
  },
  'crm-survival': {
    formula:
      'r(t) = S(t) - S(t-1), S(0) = 1: minus the chance that this step is the first wrong one; the sum is S(T) - 1',
    source:
      'hazards of arXiv 2509.26578, with the potential S in place of log S: no solution costs more than 1, however sure its mistake is',
    kinds: ['crm', 'masked-prm'],
    rewards: (readOuts) => survivalCurve(readOuts).map((now, t, all) => now - (t > 0 ? all[t - 1] : 1)),
    earning: 'step',
    floor: -1,
  },
  'crm-zero': {
    formula:
      'r(t) = log(1 - h(t)), but r(T) = -log S(T-1): the potential log S is 0 at the end, the sum is 0',
    source: 'potential-based shaping with a terminal potential of zero (Ng et al. 1999); only beside --vr',
    kinds: ['crm', 'masked-prm'],
    rewards(readOuts) {
      const before = logGood(readOuts).slice(0, -1)
      return [...before, -total(before)]
    },
    earning: 'whole',
    floor: 0,
  },
  'prm-sum': {
    formula: 'r(t) = p(t)',
    source: 'Math-Shepherd, arXiv 2312.08935',
    kinds: ['prm', 'masked-prm'],
    rewards: good,
    earning: 'step',
    floor: 0,
  },
  'prm-prod': {
    formula: 'r(t) = log p(t); the sum is the logarithm of the product',
    source: "Let's Verify Step by Step, arXiv 2305.20050",
    kinds: ['prm'],
    rewards: logGood,
    earning: 'step',
    floor: unlikely,
  },
  'prm-min': {
    formula: 'r(t) = q(t) w(t), q = 2 p - 1, w = softmax(-q / 0.1): nearly all of it is the worst step',
    source: 'PURE, arXiv 2504.15275, with Pr(good) - Pr(bad) for a step as in its code',
    kinds: ['prm', 'masked-prm'],
    rewards(readOuts) {
      const q = good(readOuts).map((p) => 2 * p - 1)
      const weights = q.map((each) => Math.exp(-each / softMinimum))
      return q.map((each, t) => (each * weights[t]) / total(weights))
    },
    earning: 'whole',
    floor: -1,
  },
  clip: {
    formula: `r(t) = min(p(t) - ${clipAt}, 0)`,
    source: 'Clip of Gao et al., arXiv 2410.15115',
    kinds: ['prm', 'masked-prm'],
    rewards: (readOuts) => good(readOuts).map((p) => Math.min(p - clipAt, 0)),
    earning: 'step',
    floor: -1,
  },
  delta: {
    formula: 'r(t) = p(t) - p(t+1), r(T) = p(T); the sum is p(1)',
    source: 'Delta of Gao et al., arXiv 2410.15115',
    kinds: ['prm', 'masked-prm'],
    rewards(readOuts) {
      const p = good(readOuts)
      return p.map((each, t) => each - (p[t + 1] ?? 0))
    },
    earning: 'whole',
    floor: 0,
  },
  pqm: {
    formula: 'r(t) = Q(t) - Q(t-1), Q(0) = 0; the sum is Q(T)',
    source: 'Process Q-value Model, arXiv 2410.11287',
    kinds: ['pqm'],
    rewards: (readOuts) => readOuts.map((q, t) => q - (t > 0 ? readOuts[t - 1] : 0)),
    earning: 'step',
    floor: -4,
  },
  orm: {
    formula: 'r(T) = P(right), 0 before',
    source: 'Cobbe et al., arXiv 2110.14168',
    kinds: ['orm'],
    rewards: (readOuts) => readOuts.map((u, t) => (t === readOuts.length - 1 ? sigmoid(-u) : 0)),
    earning: 'outcome',
    floor: 0,
  },
  iprm: {
    formula: 'r(t) = beta (q(t) - q(t-1)), q the running log pi / pi_ref',
    source: 'Implicit PRM, arXiv 2412.01981',
    kinds: ['iprm'],
    rewards: (readOuts, { beta }) => readOuts.map((q, t) => beta * (q - (t > 0 ? readOuts[t - 1] : 0))),
    earning: 'step',
    floor: -4,
  },
} satisfies Record<string, Omit<Shaping, 'name'>>

export type ShapingName = keyof typeof shapings

export const shapingNames = Object.keys(shapings) as ShapingName[]

export function shapingNamed(name: ShapingName): Shaping {
  return { name, ...shapings[name] }
}

/** What a reward of this kind is shaped by where nothing else is asked for. */
export function defaultShaping(kind: KindName): ShapingName {
  return shapingNames.find((name) => (shapings[name].kinds as readonly KindName[]).includes(kind))!
}
