/*
 * What the specifications of the AI SDK's language models have in common, v2 (ai 5), v3 (ai 6) and v4 (ai 7), as far as it is needed
 * here: by shape, so that none of them is a dependency.
 */

export interface CallOptions {
  prompt: readonly { role: string; content: unknown }[]
  seed?: number
  tools?: readonly unknown[]
  toolChoice?: { type: string }
  abortSignal?: AbortSignal
}

export interface Part {
  type: string
  text?: string
}

export interface Generated {
  content: readonly Part[]
  /** A word in v2; from v3 on it is in `unified`. */
  finishReason: string | { unified: string }
  /** Numbers, and objects of them. */
  usage: object
  providerMetadata?: Record<string, unknown>
  request?: object
  response?: { id?: string; timestamp?: Date; modelId?: string; headers?: object }
  warnings: readonly unknown[]
}

export interface Streamed {
  stream: ReadableStream<unknown>
}

/** What wraps one call of a model. */
export interface Call<Params, Result> {
  params: Params
  model: { doGenerate(params: Params): PromiseLike<Result> }
  /** The call as it would have been. */
  doGenerate(): PromiseLike<Result>
}

export interface StreamCall<Params, Result, Stream> extends Call<Params, Result> {
  doStream(): PromiseLike<Stream>
}
