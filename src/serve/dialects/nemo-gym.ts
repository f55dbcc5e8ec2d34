import { z } from 'zod'
import type { CandidateRow } from '../../data/pair-rows.ts'
import type { RankedRow } from '../../judge/ranked-row.ts'
import { ActorFailed, invalid } from '../faults.ts'
import { judgeOf } from '../own-api.ts'
import { type Call, post } from '../route.ts'
import { scalarOf, settled, stepsOf } from '../score-service.ts'
import { contentOf, message, problemIn, textOrMessages } from '../text/messages.ts'

/*
 * A resources server of NeMo Gym. A scorer that fails is an error (503), which Gym tries again; a sample that no scorer could score is
 * masked, and its reward is a place-holder that Gym leaves out.
 */

const tag = 'NeMo Gym'

/** An item of a response's output; messages are read, reasoning and calls of tools are not. */
const item = z.looseObject({ type: z.string().optional(), content: message.shape.content })

const responseObject = z.looseObject({ output: z.array(item) })

const verifyRequest = z.looseObject({
  responses_create_params: z.looseObject({ input: textOrMessages }),
  response: responseObject,
})

function textOf({ output }: z.output<typeof responseObject>): string {
  const messages = output.filter(({ type }) => type === undefined || type === 'message')
  return messages.map(({ content }) => contentOf({ role: 'assistant', content })).join('\n\n')
}

const verify = post(
  '/verify',
  {
    tag,
    summary: 'The request again, with its reward, or masked',
    scalar: true,
    body: verifyRequest,
    answer: z.looseObject({
      reward: z.number(),
      mask_sample: z.boolean(),
      failure_kind: z.string().nullable(),
      failure_reason: z.string().nullable(),
    }),
  },
  async ({ body, raw, scalar, signal, ...call }) => {
    const problem = problemIn(body.responses_create_params.input)
    if (problem.trim() === '') throw invalid('responses_create_params.input has no text of a user')
    const steps = stepsOf(textOf(body.response), call).map(({ text }) => text)
    const [result] = await call.scoring.score([{ problem, steps }], signal)
    const outcome =
      'scores' in result
        ? {
            reward: scalarOf(settled(result.scores, steps, call), scalar),
            p_correct: scalarOf(settled(result.scores, steps, call), 'p_correct'),
            mask_sample: false,
            failure_kind: null,
            failure_reason: null,
          }
        : {
            reward: 0,
            mask_sample: true,
            failure_kind: 'verifier_error',
            failure_reason: result.unscorable.message,
          }
    return { ...(raw as object), ...outcome }
  },
)

/** What Gym's agents call before a rollout: there is nothing to prepare. */
const seedSession = post(
  '/seed_session',
  { tag, summary: 'Nothing to prepare', body: z.looseObject({}), answer: z.object({}) },
  () => ({}),
)

const compareRequest = z.looseObject({
  conversation_history: z.array(message),
  response_objs: z.array(responseObject).max(64, { error: 'must be at most 64' }),
  principle: z.string().nullish(),
})

const compare = post(
  '/compare',
  {
    tag,
    summary: 'Rewards of several responses, by a Swiss tournament of the judge',
    body: compareRequest,
    answer: z.object({
      rewards: z.array(z.number()).describe('Bradley-Terry strengths, in log-odds'),
      comparison_results: z.array(z.record(z.string(), z.number())),
      metrics: z.record(z.string(), z.number()),
    }),
  },
  async (call) => {
    const { conversation_history, response_objs, principle } = call.body
    const texts = response_objs.map(textOf)
    if (texts.length === 0) return { rewards: [], comparison_results: [], metrics: {} }
    const judging = judgeOf(call)
    // the same text is the same entrant: nothing could be said of it against itself
    const distinct = [...new Set(texts)]
    const entrant = texts.map((text) => distinct.indexOf(text))
    const contest: CandidateRow = {
      id: 'compare',
      query: queryOf(conversation_history, principle),
      responses: distinct.map((text, i) => ({ id: `${i}`, text })),
    }
    const [ranked] = await judging.rank([contest], { tournament: 'swiss' }, { signal: call.signal })
    if ('error' in ranked) throw new ActorFailed(`the judge failed: ${ranked.error}`)
    const { ratings, matches, calls, tokens } = ranked.row
    const strengths = distinct.length === 1 ? [{ value: 0 }] : ratings
    const unjudged = strengths.indexOf(null)
    if (unjudged !== -1) throw withoutVerdict(entrant.indexOf(unjudged), `${unjudged}`, ranked.row)
    return {
      rewards: entrant.map((place) => strengths[place]!.value),
      comparison_results: matches.flatMap(({ pair, score }) => {
        if (score === null) return []
        const [i, j] = pair.map((id) => entrant.indexOf(Number(id)))
        return [{ response_i: i, response_j: j, judge_idx: 0, score_1: score, score_2: 1 - score }]
      }),
      metrics: { calls, tokens },
    }
  },
)

/** A response that the judge refuses, as there is nothing in it to judge, say, is the client's; all else is the judge's failure. */
function withoutVerdict(place: number, id: string, { matches }: RankedRow): Error {
  const games = matches.filter(({ pair }) => pair.includes(id)).flatMap(({ games }) => games)
  const what = `the judge has no verdict on response ${place}, so it has no reward`
  return games.every(({ non_verdict }) => non_verdict === 'refused') ? invalid(what) : new ActorFailed(what)
}

function queryOf(
  history: Call<z.output<typeof compareRequest>>['body']['conversation_history'],
  principle?: string | null,
) {
  const turns = history.filter(({ role }) => role !== 'system')
  const text =
    turns.length === 1
      ? contentOf(turns[0])
      : turns.map((turn) => `${turn.role}: ${contentOf(turn)}`).join('\n\n')
  if (text.trim() === '') throw invalid('conversation_history has no text')
  return principle ? `${text}\n\nWhat counts: ${principle}` : text
}

export const nemoGym = [verify, seedSession, compare]
