import { type RewardClient, type RewardClientOptions, rewardClient } from '../endpoint/rewards/client.ts'
import { dialectNamed } from '../endpoint/rewards/dialects.ts'
import { Unreadable } from '../endpoint/rewards/reading.ts'
import type { Dialect, Says } from '../endpoint/rewards/types.ts'
import { InputError } from '../reasoning/errors.ts'
import { crm } from './kinds/crm.ts'
import type { RewardKind } from './kinds/kind.ts'
import { orm } from './kinds/orm.ts'
import { prm } from './kinds/prm.ts'
import type { RewardModel, ScoringSession } from './reward-model.ts'
import { rewardScores } from './scores.ts'
import type { ToScore } from './scoring.ts'
import { hazards } from './survival.ts'

export interface RemoteReward extends RewardModel, AsyncDisposable {
  /** Stands for the model and for how it is asked, wherever it is served. */
  identity: string
  /**
   * Asks about a solution, and remembers what it says.
   * @throws InputError that names `where`, when the server does not read it
   */
  check(solution: ToScore, where?: string): Promise<void>
}

const kindOf: Record<Says, () => RewardKind> = { hazard: crm, good: prm, outcome: orm }

/**
 * A reward model on a server as a RewardModel. Hazards are a crm's, probabilities of good steps a prm's. An outcome is an orm's, and
 * one number: each step of its read-outs holds it.
 *
 * A session is the model itself: what was asked is remembered and never depends on what else was.
 */
export function remoteReward(client: RewardClient): RemoteReward {
  const { says, scale, id } = client.dialect
  const kind = kindOf[says]()
  /** Read-outs are log-odds of the bad. */
  const readOut = (number: number) => {
    const odds = scale === 'log-odds' ? number : logOdds(number)
    return says === 'hazard' ? odds : 0 - odds
  }
  const read = async (solution: ToScore, answer: Promise<number[]>): Promise<number[]> => {
    const numbers = (await answer).map(readOut)
    return says === 'outcome' ? solution.steps.map(() => numbers[0]) : numbers
  }
  const logits: ScoringSession['logits'] = async (solutions, options) => {
    if (solutions.some(({ steps }) => steps.length === 0))
      throw new InputError('a solution without steps has nothing to score')
    const answers = client.read(solutions, options)
    return Promise.all(solutions.map((solution, i) => read(solution, answers[i])))
  }
  const close = async () => client.close()
  const session: ScoringSession = {
    logits,
    scores: async (solutions, options) =>
      (await logits(solutions, options)).map((readOuts) => rewardScores(kind, readOuts)),
    async score(solutions, options) {
      if (kind.hazard) return (await logits(solutions, options)).map(hazards)
      throw new InputError(`${id} gives no hazards`, {
        where: client.url,
        fix: 'Use a crm or masked-prm here, or the dialect hazard-head.',
      })
    },
  }
  return {
    ...session,
    kind,
    session: () => session,
    identity: `${id} of ${client.model}`,
    // any other failure comes back when the solution is scored
    fits: (solution, options) =>
      client.read([solution], options)[0].then(
        () => true,
        (error) => !(error instanceof Unreadable),
      ),
    async check(solution, where) {
      try {
        await client.read([solution])[0]
      } catch (error) {
        if (error instanceof Unreadable) throw new InputError(error.reason, { where, cause: error })
        throw error
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

export interface RemoteScorerOptions extends Omit<RewardClientOptions, 'urls' | 'dialect'> {
  /** What the server runs, as `--dialect` names it: 'qwen-math-prm', 'yes-no-chat', … (docs/remote-models.md). */
  dialect: string | Dialect
}

/**
 * A reward model by its address. The server is asked at once whether it runs what the dialect says.
 *
 * @param url base URL, or several of replicas of one model
 * @throws InputError that says what is wrong: no server, no such model, another dialect
 */
export async function remoteScorer(
  url: string | readonly string[],
  { dialect, ...options }: RemoteScorerOptions,
): Promise<RemoteReward> {
  const spoken = typeof dialect === 'string' ? dialectNamed(dialect) : dialect
  return remoteReward(await rewardClient({ ...options, urls: [url].flat(), dialect: spoken }))
}

/** log p / (1 - p), in nats; 0 and 1, to which a server has rounded, count as the nearest numbers between them. */
function logOdds(probability: number): number {
  const open = Math.min(Math.max(probability, Number.MIN_VALUE), 1 - 2 ** -53)
  return Math.log(open) - Math.log1p(-open)
}
