/**
 * How much of a text says again what it has said (docs/crm.md section 6): 2 sum(LCP) / (n (n + 1)) over characters, with LCP the
 * longest common prefixes of neighbours in its sorted suffixes; 0 for a text without repetition, near 1 for one letter over and over.
 */
export function repetition(text: string): number {
  const n = text.length
  if (n === 0) return 0
  const suffixes = Array.from({ length: n }, (_, i) => i).sort((a, b) => compareFrom(text, a, b))
  let common = 0
  for (let i = 1; i < n; i++) common += commonPrefix(text, suffixes[i - 1], suffixes[i])
  return (2 * common) / (n * (n + 1))
}

function commonPrefix(text: string, a: number, b: number): number {
  let length = 0
  while (Math.max(a, b) + length < text.length && text.charCodeAt(a + length) === text.charCodeAt(b + length))
    length++
  return length
}

function compareFrom(text: string, a: number, b: number): number {
  const length = commonPrefix(text, a, b)
  return text.charCodeAt(a + length) - text.charCodeAt(b + length) || b - a
}

/** Which steps add nothing: remarks, and echoes. */
export function redundantSteps(steps: readonly string[]): boolean[] {
  const echoed = echoes(steps)
  return steps.map((step, t) => isRemark(step) || echoed[t])
}

/** `Check: …`, `So far: …`, who has what at the start or now: nothing is built on it. */
export function isRemark(step: string): boolean {
  return /^\s*(check|so far|start|holders)\b/i.test(step)
}

/** Which steps say what an earlier one said: in the same words, or `Mia has 9` where a step of Mia came to 9. */
export function echoes(steps: readonly string[]): boolean[] {
  const said = new Set<string>()
  return steps.map((step) => {
    const text = step.trim().toLowerCase()
    const claim = claimOf(text)
    const echo = said.has(text) || (claim !== null && !text.includes('=') && said.has(claim))
    said.add(text)
    if (claim !== null) said.add(claim)
    return echo
  })
}

/** Whose count a step of a word problem states, and the number it comes to. */
function claimOf(text: string): string | null {
  const match = /^(\p{L}+)(?: now)?(?: has\b|:).*?(-?\d+)$/u.exec(text)
  return match && `${match[1]} has ${match[2]}`
}
