import type { Generated, Streamed } from './shapes.ts'

/** An answer that is there already, as the stream of parts that a model would have sent. */
export function streamOf({ content, finishReason, usage, warnings, ...rest }: Generated): Streamed {
  const { providerMetadata, request, response } = rest
  const { id, timestamp, modelId, headers } = response ?? {}
  const parts = [
    { type: 'stream-start', warnings },
    { type: 'response-metadata', id, timestamp, modelId },
    ...content.flatMap((part, i) => (isWritten(part.type) ? writing(part, `${i}`) : [part])),
    { type: 'finish', finishReason, usage, providerMetadata },
  ]
  const stream = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
  const about = { request, response: { headers } }
  return { stream, ...about }
}

function isWritten(type: string): boolean {
  return type === 'text' || type === 'reasoning'
}

/** What comes in pieces: its beginning, all of it in one, its end. */
function writing({ type, text = '', ...rest }: Generated['content'][number], id: string): object[] {
  return [
    { ...rest, type: `${type}-start`, id },
    { type: `${type}-delta`, id, delta: text },
    { type: `${type}-end`, id },
  ]
}
