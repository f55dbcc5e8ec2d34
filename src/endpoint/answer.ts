import type { z } from 'zod'
import { readValue } from '../data/issues.ts'

/** What the schema makes of an answer, or what is wrong with it. */
export function readAs<Schema extends z.ZodType>(
  schema: Schema,
  body: string,
): { value: z.output<Schema> } | { fault: string } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { fault: 'the answer is not JSON' }
  }
  const read = readValue(schema, value)
  return 'value' in read ? read : { fault: `the answer is not as agreed: ${read.fault}` }
}

/** What went wrong, in the words of the server. */
export function messageIn(body: string): string {
  try {
    const { error, message = error?.message ?? error, detail = message } = JSON.parse(body)
    return excerpt(typeof detail === 'string' ? detail : body)
  } catch {
    return excerpt(body)
  }
}

/** The beginning of a text that others wrote, on one line. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** ms that a Retry-After asks for: seconds or an HTTP date (RFC 9110, 10.2.3). */
export function waitIn(retryAfter: string | undefined): number {
  if (retryAfter === undefined) return 0
  const seconds = Number(retryAfter)
  const ms = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000
  return ms > 0 ? ms : 0
}
