import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { chatModel } from '../endpoint/chat.ts'
import { endpointGenerator } from '../endpoint/generator.ts'
import { type DialectName, dialectNames } from '../endpoint/rewards/dialects.ts'
import { played, rewardServer } from '../endpoint/rewards/reward-server.fixture.ts'
import { type ChatBody, scriptedServer, stepWriter } from '../endpoint/scripted-server.fixture.ts'
import {
  chatJudge,
  embeddedGenerator,
  embeddedScorer,
  type Generator,
  type PairJudge,
  type RewardModel,
  rank,
  remoteScorer,
  type SolveResult,
} from '../index.ts'
import type { Template } from '../judge/template.ts'
import { tournamentNames } from '../judge/tournaments/named.ts'
import { random, seedOf } from '../reasoning/random.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { type SearchName, searches } from './solve.ts'

const folder = scratchFolder()
const tiny = writeTinyModels(folder, { contextLength: 512 })
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

async function url(starting: Promise<{ url: string; close(): Promise<void> }>): Promise<string> {
  const { url, close } = await starting
  closing.push(close)
  return url
}

/** Any chat model, some of which name the string that they stopped at. */
const writer = (namesStop: boolean) => async () =>
  endpointGenerator(chatModel({ urls: [await url(scriptedServer(stepWriter({ namesStop })))], model: 'm' }))

const policies: [string, () => Promise<Generator>][] = [
  ['that names its stop string, on a server', writer(true)],
  ['that does not, on a server', writer(false)],
  ['on this machine', async () => embeddedGenerator(tiny.policy, { threads: 1, maxTokens: 96 })],
]

/** Those that are sent plain text are told how their model writes chats. */
const named = (dialect: DialectName) =>
  /^yes-no-(?!chat)|^scalar-sglang/.test(dialect) ? `${dialect}:chatml` : dialect

const rewards: [string, () => Promise<RewardModel>][] = [
  ['a CRM on this machine', async () => embeddedScorer(tiny.reward, { threads: 1 })],
  ...dialectNames.map((dialect): [string, () => Promise<RewardModel>] => [
    dialect,
    async () => remoteScorer(await url(rewardServer(played[dialect])), { dialect: named(dialect) }),
  ]),
]

/** What a judge on a server thinks of a response, whoever the other one is. */
const worth = (response: string) => random('worth', response).next()
const template: Template = {
  system: 'Judge.',
  user: '{query} ### {response_1} ### {response_2}',
  dialect: 'boxed',
}

function referee({ messages }: ChatBody) {
  const [, first, second] = messages.at(-1)!.content.split(' ### ')
  return { say: `\\boxed{Assistant ${worth(first) > worth(second) ? 1 : 2}}` }
}

const problem = 'Compute 3 + 4.'
const needHazards: SearchName[] = ['pruned', 'best-first']

describe.each(policies)('a policy %s', (_, openPolicy) => {
  let generator: Generator
  let judge: PairJudge
  beforeAll(async () => {
    generator = await openPolicy()
    judge = chatJudge(chatModel({ urls: [await url(scriptedServer(referee))], model: 'm' }), { template })
  })

  test.each(rewards)('and the reward of %s: every search, every tournament', async (_, open) => {
    const scorer = await open()
    const find = (search: SearchName) => searches[search](problem, { generator, scorer, n: 8, seed: 3 })
    for (const search of Object.keys(searches) as SearchName[]) {
      if (needHazards.includes(search) && !scorer.kind.hazard) {
        await expect(find(search)).rejects.toThrow('needs a reward with hazards')
        continue
      }
      const found = await find(search)
      await expectRanked(found, scorer)
      expect(answersOf(await find(search))).toEqual(answersOf(found))
    }

    // the best of n by hand: each sample of its seed, each scored by itself
    const { ranked } = await find('best-of-n')
    const seeds = Array.from({ length: 8 }, (_, i) => seedOf('solve', 3, i))
    const [samples] = await generator.generate([{ problem, seeds, until: 'end' }])
    const whole = samples.filter(
      ({ finish, steps }) => finish === 'end' && /^Answer: \d$/.test(steps.at(-1)!),
    )
    const scores = await Promise.all(
      whole.map(async ({ steps }) => (await scorer.scores([{ problem, steps }]))[0].score),
    )
    expect(ranked.length).toBe(whole.length)
    expect(ranked[0].score).toBeCloseTo(Math.max(...scores), 4)

    // of the same text only one plays
    const responses = [...new Map(ranked.map((each) => [each.steps.join('\n\n'), each])).entries()].map(
      ([text, { answer, score }]) => ({ text, answer, score }),
    )
    const first = responses.findIndex(({ score }) => score === ranked[0].score)
    for (const tournament of tournamentNames) {
      // the cascade: those whom the reward puts first play
      const play = (cascade?: number) => rank({ query: problem, responses }, { judge, tournament, cascade })
      const { ranking } = await play()
      expect(ranking.toSorted((a, b) => a - b)).toEqual([...responses.keys()])
      expect(worth(responses[ranking[0]].text)).toBe(Math.max(...responses.map(({ text }) => worth(text))))
      expect((await play(1e6)).ranking[0]).toBe(ranking[0])
      expect((await play(0)).ranking[0]).toBe(first)
    }
    await scorer.close()
  })
})

const answersOf = ({ ranked }: SolveResult) => ranked.map(({ steps }) => steps)

/** The scores are the reward's own, the best first. */
async function expectRanked({ ranked, winner }: SolveResult, scorer: RewardModel): Promise<void> {
  expect(ranked.length).toBeGreaterThan(0)
  expect(winner).toBe(ranked[0])
  const own = await scorer.scores(ranked.map(({ steps }) => ({ problem, steps })))
  for (const [i, { score, steps, answer, hazards = [], read_outs = [] }] of ranked.entries()) {
    expect(steps.at(-1)).toBe(`Answer: ${answer}`)
    expect([...hazards, ...read_outs]).toHaveLength(steps.length)
    expect(score).toBeCloseTo(own[i].score, 4)
    expect(score).toBeLessThanOrEqual(ranked[Math.max(0, i - 1)].score)
  }
}
