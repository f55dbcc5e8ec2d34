import type { z } from 'zod'
import { readValue } from '../data/issues.ts'
import { repeatedKeys } from '../data/repeated-keys.ts'
import { Fault, invalid } from './faults.ts'

/** Lists and objects inside each other: no schema here needs more, and none can be driven into the ground. */
const deepest = 64

/**
 * The JSON value of a request's body.
 * @throws Fault 415, 413 or 400
 */
export async function readJson(request: Request, { maxBytes }: { maxBytes: number }): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type))
    throw new Fault(415, 'not_json', 'send JSON, with the header content-type: application/json')
  if (!/^(identity)?$/i.test(request.headers.get('content-encoding') ?? ''))
    throw new Fault(415, 'not_json', 'send the JSON as it is, without a content-encoding')
  const bytes = await bytesOf(request, maxBytes).catch((error) => {
    if (error instanceof Fault) throw error
    throw new Fault(400, 'cut_off', 'the body ended before its end', { connection: 'close' })
  })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Fault(400, 'bad_json', 'the body is not UTF-8 text')
  }
  if (deeperThan(text, deepest))
    throw new Fault(
      400,
      'bad_json',
      `the body has lists or objects inside each other, more than ${deepest} deep`,
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Fault(
      400,
      'bad_json',
      `the body is not valid JSON: ${(error as SyntaxError).message.slice(0, 200)}`,
    )
  }
  const [repeated] = repeatedKeys(text)
  if (repeated !== undefined)
    throw new Fault(400, 'bad_json', `the key ${JSON.stringify(repeated.key)} stands twice in one object`)
  return value
}

async function bytesOf(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new Fault(413, 'too_large', `the body is larger than ${maxBytes} bytes`)
  const length = request.headers.get('content-length')
  if (length !== null) {
    if (Number(length) > maxBytes) throw tooLarge()
    return new Uint8Array(await request.arrayBuffer())
  }
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of request.body ?? []) {
    total += chunk.length
    if (total > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function deeperThan(json: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (inString) {
      if (code === 0x5c) i++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true
    } else if (code === 0x5d || code === 0x7d) depth--
  }
  return false
}

/** @throws Fault 422, which names the field */
export function parseBody<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const read = readValue(schema, value)
  if ('value' in read) return read.value
  throw invalid(read.fault.slice(0, 300).replace(/^the row\b/, 'the body'))
}
