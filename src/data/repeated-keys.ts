/** A key that one object holds twice. JSON.parse would keep the last value and say nothing. */
export interface RepeatedKey {
  /** The first keys and 0-based places that lead to the object. */
  path: (string | number)[]
  key: string
}

/** A path is no longer: that of a nested object would grow with its depth. */
const deepest = 8

/** @param json valid JSON */
export function repeatedKeys(json: string): RepeatedKey[] {
  const found: RepeatedKey[] = []
  /** Objects and lists around the place; `keys` is null for a list. */
  const open: { keys: Set<string> | null; at: string | number }[] = []
  /** The last text: a colon makes it a key. */
  let [start, end] = [0, 0]
  for (let i = 0; i < json.length; i++) {
    const inside = open.at(-1)
    switch (json[i]) {
      case '"':
        ;[start, end] = [i, endOfText(json, i)]
        i = end
        break
      case '{':
        open.push({ keys: new Set(), at: '' })
        break
      case '[':
        open.push({ keys: null, at: 0 })
        break
      case '}':
      case ']':
        open.pop()
        break
      case ',':
        if (inside?.keys === null) (inside.at as number)++
        break
      case ':': {
        if (!inside?.keys) break
        const key: string = JSON.parse(json.slice(start, end + 1))
        if (inside.keys.has(key))
          found.push({ path: open.slice(0, Math.min(open.length - 1, deepest)).map(({ at }) => at), key })
        inside.keys.add(key)
        inside.at = key
      }
    }
  }
  return found
}

/** The quote that closes the text whose quote opens at a place. A regular expression would run out of stack where millions are escaped. */
function endOfText(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); ; at = json.indexOf('"', at + 1)) {
    let before = at
    while (json[before - 1] === '\\') before--
    if ((at - before) % 2 === 0) return at
  }
}
