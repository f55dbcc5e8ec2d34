/** A key that one object holds twice. JSON.parse would keep the last value and say nothing. */
export interface RepeatedKey {
  /** Keys and 0-based places that lead to the object. */
  path: (string | number)[]
  key: string
}

/** @param json valid JSON */
export function repeatedKeys(json: string): RepeatedKey[] {
  const found: RepeatedKey[] = []
  /** Objects and lists around the token; `keys` is null for a list. */
  const open: { keys: Set<string> | null; at: string | number }[] = []
  let text = ''
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]/g)) {
    const inside = open.at(-1)
    if (token === '{') open.push({ keys: new Set(), at: '' })
    else if (token === '[') open.push({ keys: null, at: 0 })
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',') {
      if (typeof inside?.at === 'number' && inside.keys === null) inside.at++
    } else if (token !== ':') text = token
    else if (inside?.keys) {
      const key: string = JSON.parse(text)
      if (inside.keys.has(key)) found.push({ path: open.slice(0, -1).map(({ at }) => at), key })
      inside.keys.add(key)
      inside.at = key
    }
  }
  return found
}
