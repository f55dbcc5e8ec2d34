import type { z } from 'zod'

const kinds: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
}

/** Stops at the first fault, as `z.validate` does: a list of a million faults costs no more than one. */
const atFirstFault = { abortEarly: true } as z.core.ParseContext<z.core.$ZodIssue>

/** What the schema makes of a value of others, or the first fault that it finds, for people. */
export function readValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { value: z.output<Schema> } | { fault: string } {
  const result = schema.safeParse(value, atFirstFault)
  return result.success ? { value: result.data } : { fault: describeIssue(result.error.issues[0], value) }
}

/** One fault that zod found in `value`, for people: `steps[0] must be a string, not a number`. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  const field = fieldName(issue.path) || 'the row'
  if (issue.code === 'unrecognized_keys') return `${field} has unknown fields: ${issue.keys.join(', ')}`
  const found = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | null)?.[key],
    value,
  )
  if (found === undefined) return `${field} is missing`
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `${field} must be ${kinds[issue.expected] ?? `a ${issue.expected}`}, not ${kindOf(found)}`
  if (issue.code === 'invalid_value')
    return `${field} must be one of ${issue.values.map((one) => JSON.stringify(one)).join(', ')}`
  return `${field} ${issue.message}`
}

function fieldName(path: PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
