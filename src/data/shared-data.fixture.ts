import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

/** A test on a file of other people's data, which lies beside the project and not in it; skipped where it does not. */
export function realTest(name: string, file: string, body: (path: string) => Promise<void>): void {
  const path = fileURLToPath(new URL(`../../../shared/data/${file}`, import.meta.url))
  if (existsSync(path)) test(name, () => body(path))
  else test.skip(`${name} (skipped: ../shared/data/${file} is not here)`, () => {})
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
