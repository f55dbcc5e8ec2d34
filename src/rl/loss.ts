import type { Graph, Value } from '../tensor/graph.ts'
import { entropy, logProbability } from '../tensor/layers.ts'
import { add, atMost, divide, exp, multiply, negate, rows, scale, subtract, sum } from '../tensor/ops.ts'
import { type Feeds, scalar, tensor } from '../tensor/program.ts'
import type { TransformerConfig } from '../transformer/config.ts'
import { forward, logits } from '../transformer/model.ts'
import { type Generated, type Row, rowFeeds } from './packing.ts'

export interface PolicyLoss {
  /** How far the probability of a token may move by one batch of rollouts: ratios beyond 1 ± clip gain nothing. */
  clip: number
  /** Weight of KL(policy || reference) in the loss, in the k3 estimate (Schulman 2020). */
  klLoss: number
  /** Weight of the entropy of the policy, which is to stay high. */
  entropyBonus: number
  /** What rollouts are drawn at: the policy is softmax(logits / temperature), in ratios, KL and entropy too. */
  temperature: number
}

/** What the update reads of a rollout; lists have one entry a generated token. */
export interface Trajectory extends Generated {
  advantages: readonly number[]
  /** Log probabilities when it was sampled, in nats. */
  before: readonly number[]
  /** By the reference; needed where the loss weighs KL. */
  reference?: readonly number[]
}

/** Log probabilities and entropies, in nats, [generated]: at each generated token. Declares {@link rowFeeds}. */
function tokenStatistics(
  graph: Graph,
  config: TransformerConfig,
  parameters: Map<string, Value>,
  temperature: number,
) {
  const weight = (name: string) => parameters.get(name) as Value
  const hidden = forward(graph, config, weight, {
    tokens: graph.input('tokens', 'int64', ['tokens']),
    positions: graph.input('positions', 'int64', ['rows', 'time']),
    mask: graph.input('mask', 'float32', ['rows', 1, 'time', 'time']),
  })
  const plain = logits(config, weight, rows(hidden, graph.input('read', 'int64', ['generated'])))
  const all = temperature === 1 ? plain : scale(plain, 1 / temperature)
  return {
    log: logProbability(all, graph.input('labels', 'int64', ['generated'])),
    entropy: () => entropy(all),
  }
}

/** Log probabilities of generated tokens, [generated]; see {@link byRollout}. */
export function tokenLogProbabilities(
  graph: Graph,
  config: TransformerConfig,
  parameters: Map<string, Value>,
  temperature: number,
): Value {
  return tokenStatistics(graph, config, parameters, temperature).log
}

/**
 * The loss of a policy update, mean over tokens (PPO's clip, Schulman et al., arXiv 1707.06347; k3 as in GRPO, arXiv 2402.03300):
 *
 *     - min(ratio A, clip(ratio) A) + klLoss (exp(d) - d - 1) - entropyBonus H,  d = log reference - log policy
 *
 * Declares {@link updateFeeds}. Also the parts of it that one wants to watch.
 */
export function policyLoss(
  graph: Graph,
  config: TransformerConfig,
  parameters: Map<string, Value>,
  { clip, klLoss, entropyBonus, temperature }: PolicyLoss,
): { loss: Value; watch: Record<string, Value> } {
  const { log, entropy } = tokenStatistics(graph, config, parameters, temperature)
  const input = (name: string) => graph.input(name, 'float32', ['generated'])
  const [raise, lower, before] = ['raise', 'lower', 'before'].map(input)
  const count = graph.input('count', 'float32', [])
  const ratio = exp(subtract(log, before))
  const raised = multiply(raise, atMost(ratio, 1 + clip))
  const lowered = multiply(lower, negate(atMost(negate(ratio), clip - 1)))
  const meanOver = (values: Value) => divide(sum(values), count)
  const gain = meanOver(add(raised, lowered))
  const randomness = meanOver(entropy())
  const terms = [negate(gain)]
  if (klLoss !== 0) {
    const difference = subtract(input('reference'), log)
    const kl = meanOver(subtract(subtract(exp(difference), difference), graph.scalar(1)))
    terms.push(scale(kl, klLoss))
  }
  if (entropyBonus !== 0) terms.push(scale(randomness, -entropyBonus))
  return { loss: terms.reduce(add), watch: { gain, entropy: randomness } }
}

/** What {@link tokenLogProbabilities} gave for the feeds of rows, by rollout. */
export function byRollout(values: Float32Array, rows: readonly Row<Generated>[]): number[][] {
  let end = 0
  return rows
    .flatMap(({ rollouts }) => rollouts)
    .map(({ ids, promptLength }) => {
      const start = end
      end += ids.length - promptLength
      return Array.from(values.subarray(start, end))
    })
}

/** Feeds of {@link policyLoss}. @param count tokens that the sums are divided by */
export function updateFeeds(
  rows: readonly Row<Trajectory>[],
  count: number,
  { klLoss }: Pick<PolicyLoss, 'klLoss'>,
): Feeds {
  const trajectories = rows.flatMap(({ rollouts }) => rollouts)
  const joined = (values: (trajectory: Trajectory) => readonly number[]) => {
    const all = Float32Array.from(trajectories.flatMap(values))
    return tensor(all, [all.length])
  }
  return {
    ...rowFeeds(rows),
    raise: joined(({ advantages }) => advantages.map((advantage) => Math.max(advantage, 0))),
    lower: joined(({ advantages }) => advantages.map((advantage) => Math.min(advantage, 0))),
    before: joined(({ before }) => before),
    ...(klLoss !== 0 && { reference: joined(({ reference }) => reference!) }),
    count: scalar(count),
  }
}

/** KL(policy || reference), nats a token, in the k3 estimate: mean of exp(d) - d - 1 over tokens, d = log reference - log policy. */
export function klOf(
  sampled: readonly { before: readonly number[]; reference: readonly number[] }[],
): number {
  const terms = sampled.flatMap(({ before, reference }) =>
    before.map((log, i) => Math.exp(reference[i] - log) - (reference[i] - log) - 1),
  )
  return terms.reduce((sum, term) => sum + term, 0) / terms.length
}
