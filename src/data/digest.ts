import { createHash } from 'node:crypto'

/** 12 hexadecimal digits that stand for any JSON value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)
}
