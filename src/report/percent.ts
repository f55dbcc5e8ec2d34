/** A share of 1 for readers: `37%`; 0% and 100% are said of exactly 0 and 1 only. */
export function percent(share: number, digits = 0): string {
  const step = 10 ** -digits / 100
  if (share > 0 && share < step) return `<${(step * 100).toFixed(digits)}%`
  if (share < 1 && share > 1 - step) return `>${((1 - step) * 100).toFixed(digits)}%`
  return `${(share * 100).toFixed(digits)}%`
}
