import { InputError } from '../../reasoning/errors.ts'
import { type CallOptions, NoAnswer, Refused, type Servers, type ServersOptions, serversAt } from '../http.ts'
import { hasty, isMissing, servedModel } from '../models.ts'
import { batchesOf, checked, promptsOf } from './reading.ts'
import type { Dialect, Label, Prompt, Served, Wire } from './types.ts'

/** Two steps, and the first of them alone. */
const sample = { problem: 'What is 1 + 1?', steps: ['1 + 1 = 2.', 'Answer: 2'] }
const shorter = { ...sample, steps: sample.steps.slice(0, 1) }

/** What a step's number may change by when another step follows: the noise of bfloat16, and no more. */
const causalSlack = 0.1
/** What two ways to say the same number may differ by. */
const noise = 0.02

/**
 * Finds out what a server serves, and whether it speaks the dialect: it asks about a tiny solution whose rows, columns and ranges are
 * known, and about the beginning of it.
 *
 * @throws InputError that says what is wrong and what to do about it
 */
export async function probe(
  options: Omit<ServersOptions, 'model'>,
  { dialect, model: wanted }: { dialect: Dialect; model?: string },
  call: CallOptions,
): Promise<Served> {
  const { serve, wire } = dialect
  const fix = `Models of the dialect ${dialect.id.split(' ')[0]} are served so: ${serve}`
  const { id: model, context } = await servedModel({ ...options, model: wanted }, call).catch((error) => {
    throw error instanceof InputError && error.cause instanceof NoAnswer ? explained(error, fix) : error
  })
  const servers = serversAt({ ...hasty(options), model })
  const where = options.urls[0] + wire.path
  try {
    const labels = await labelsOf(dialect, servers, model, call, options.urls[0])
    const served = { model, context: dialect.context ?? context, labels }
    if (wire.needsContext && served.context === null)
      throw new InputError(
        "the server does not say how long its model's texts may be, and cuts longer ones",
        {
          where,
          fix: 'Say it in a dialect file: {"dialect": …, "context": 4096}.',
        },
      )
    await checkSample(dialect, servers, served, call)
    return served
  } catch (error) {
    if (isMissing(error))
      throw new InputError('the server has no such address: it serves its model for something else', {
        where,
        fix,
      })
    throw explained(error, fix)
  }
}

/** A failure with what to do about it; others stay as they are. */
function explained(error: unknown, fix: string): unknown {
  const isKey = error instanceof Refused && [401, 403].includes(error.status)
  if (isKey || !(error instanceof InputError || error instanceof NoAnswer)) return error
  const [what, ...mended] = error.message.split('\n')
  return new InputError(what, { fix: [...mended, fix].map((line) => line.trim()).join('\n  '), cause: error })
}

async function checkSample(dialect: Dialect, servers: Servers, served: Served, call: CallOptions) {
  const [whole, start] = [promptsOf(dialect, sample), promptsOf(dialect, shorter)]
  const prompts = [...whole, ...start]
  const ask = (wire: Wire) => asking(wire, prompts, servers, served, call)
  const numbers = (await ask(dialect.wire)).map((each, i) =>
    checked(each, prompts[i], sample.problem, dialect),
  )
  const probability = (number: number) => (dialect.scale === 'probability' ? number : sigmoid(number))
  const [alone] = numbers[whole.length]
  const [followed] = numbers[0]
  if (dialect.says !== 'outcome' && Math.abs(probability(alone) - probability(followed)) > causalSlack)
    throw new InputError(
      `what the server says of a first step (${alone}) changes when a second one follows (${followed})`,
    )
  if (dialect.activated === undefined) return
  const activated = await ask(dialect.activated)
  if (!numbers.every(([number], i) => Math.abs(sigmoid(number) - activated[i][0]) <= noise))
    throw new InputError('the server does not heed use_activation, so its numbers are no log-odds', {
      fix: 'Update vLLM, or say "scale": "probability" in a dialect file.',
    })
}

/** The numbers of each prompt. */
async function asking(
  wire: Wire,
  prompts: readonly Prompt[],
  servers: Servers,
  served: Served,
  call: CallOptions,
): Promise<number[][]> {
  const numbers: number[][] = []
  for (const places of batchesOf(prompts, wire, served)) {
    const readings = await wire.ask(
      servers,
      places.map((i) => prompts[i]),
      served,
      call,
    )
    for (const [k, i] of places.entries()) {
      const reading = readings[k]
      if ('unread' in reading)
        throw new InputError(`the server cannot read a tiny solution: ${reading.unread}`)
      numbers[i] = reading.numbers
    }
  }
  return numbers
}

async function labelsOf(
  { labels, wire: { tokenIds } }: Dialect,
  servers: Servers,
  model: string,
  call: CallOptions,
  where: string,
): Promise<Label[]> {
  return Promise.all(
    (labels ?? []).map(async (label): Promise<Label> => {
      if (typeof label === 'number') {
        if (tokenIds) return { id: label }
        throw new InputError(`the label ${label} must be a text here`)
      }
      if (!tokenIds) return { text: label }
      const ids = await tokenIds(servers, label, model, call).catch((error) => {
        if (!isMissing(error)) throw error
        throw new InputError('the server has no such address, so the labels must be given as token ids', {
          where: `${where}/tokenize`,
          fix: 'Say them in a dialect file: {"dialect": …, "labels": [9454, 2753]}.',
        })
      })
      if (ids.length === 1) return { text: label, id: ids[0] }
      throw new InputError(
        `${JSON.stringify(label)} is ${ids.length} tokens of the model, and a label is one`,
      )
    }),
  )
}

function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}
