import { InputError } from '../reasoning/errors.ts'
import { chatModel } from './chat.ts'
import { type CallOptions, NoAnswer, type ServersOptions } from './http.ts'
import { hasty, isMissing, type ListedModel, servedModel } from './models.ts'

const fix = 'Language models are served so: vllm serve MODEL'

/** Some services refuse limits below this. */
const fewTokens = 16

/**
 * The language model on a server that is meant: the one that is named, or the only one. It is asked for a few tokens, so that what is
 * wrong comes to light at once.
 *
 * @throws InputError that says what is wrong: no server, no such model, one that writes no chats, or does not count what it writes
 */
export async function servedWriter(
  options: Omit<ServersOptions, 'model'> & { model?: string },
  call: CallOptions = {},
): Promise<ListedModel> {
  const served = await servedModel(options, call)
  const model = chatModel({ ...hasty(options), model: served.id })
  const prompt = { messages: [{ role: 'user' as const, content: 'What is 1 + 1?' }], maxTokens: fewTokens }
  const where = options.urls[0]
  const { tokens } = await model.reply({ ...prompt, seed: 1 }, call).catch((error) => {
    if (isMissing(error))
      throw new InputError(`serves ${served.id} for something else than chats`, { where, fix, cause: error })
    throw error instanceof NoAnswer ? new InputError(error.message, { fix, cause: error }) : error
  })
  if (tokens !== null) return served
  throw new InputError('does not say how many tokens it wrote', {
    where,
    fix: 'Use a server whose answers have a "usage".',
  })
}
