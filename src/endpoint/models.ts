import { z } from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { type CallOptions, NoAnswer, Refused, type Servers, type ServersOptions, serversAt } from './http.ts'

export interface ListedModel {
  id: string
  /** Longest text in tokens; null: the server does not say. */
  context: number | null
}

/** Models that an error names. */
const shown = 20

const listing = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.int().positive().nullish() })),
})

/**
 * The models that a server serves, as OpenAI's GET /v1/models lists them.
 * @returns null where it has no list
 * @throws what `servers` throws
 */
export async function listedModels(servers: Servers, call?: CallOptions): Promise<ListedModel[] | null> {
  try {
    const { data } = await servers.get('/v1/models', listing, call)
    return data.map(({ id, max_model_len }) => ({ id, context: max_model_len ?? null }))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Is it that the server has no such address? */
export function isMissing(error: unknown): boolean {
  return error instanceof Refused && [404, 405].includes(error.status)
}

/** Options of a server that is asked for the first time: whoever waits wants to know soon. */
export function hasty<Options extends Omit<ServersOptions, 'model'>>(options: Options): Options {
  const { pause = 300, timeout = 120_000 } = options
  return { ...options, tries: 2, pause: Math.min(pause, 300), timeout: Math.min(timeout, 120_000) }
}

/**
 * The model on a server that is meant: the one that is named, or the only one.
 * @throws InputError where no server is, or not this model
 */
export async function servedModel(
  options: Omit<ServersOptions, 'model'> & { model?: string },
  call?: CallOptions,
): Promise<ListedModel> {
  const { model } = options
  // the list stands at /v1/models, whichever way the URL was given
  const urls = options.urls.map((url) => url.replace(/\/v1\/*$/, ''))
  const servers = serversAt({ ...hasty(options), urls, model: model ?? 'any' })
  const models = await listedModels(servers, call).catch((error) => {
    if (!(error instanceof NoAnswer)) throw error
    throw new InputError(error.message, { fix: 'Start the server, or check its URL.', cause: error })
  })
  return modelOf(models, model, options.urls[0])
}

/**
 * The model that is asked for, or the only one.
 * @throws InputError when it is not among those that are served, or is one of several
 */
export function modelOf(
  models: readonly ListedModel[] | null,
  wanted: string | undefined,
  where: string,
): ListedModel {
  const ids = models?.map(({ id }) => id) ?? []
  const names = [...ids.slice(0, shown), ...(ids.length > shown ? ['…'] : [])].join(', ') || 'none'
  if (wanted === undefined) {
    if (models?.length === 1) return models[0]
    throw new InputError(
      models === null
        ? 'does not list its models, so the one that is meant must be named'
        : `serves ${models.length} models, and which is meant is not said: ${names}`,
      { where, fix: 'Name the model, or check the URL.' },
    )
  }
  if (models === null) return { id: wanted, context: null }
  const found = models.find(({ id }) => id === wanted)
  if (found) return found
  throw new InputError(`serves no model ${wanted}`, { where, fix: `It serves: ${names}.` })
}
