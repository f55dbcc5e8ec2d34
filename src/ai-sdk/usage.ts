/**
 * Usage of several calls: numbers are added up, also those inside of objects (v3); what none of them knows stays unknown. What a
 * provider says in its own words, `raw`, is left out.
 */
export function sumOfUsage<Usage extends object>(usages: readonly Usage[]): Usage {
  const keys = new Set(usages.flatMap((usage) => Object.keys(usage)).filter((key) => key !== 'raw'))
  return Object.fromEntries(
    [...keys].map((key) => [key, sum(usages.map((usage) => usage[key as never]))]),
  ) as Usage
}

function sum(values: readonly unknown[]): unknown {
  const objects = values.filter((value) => typeof value === 'object' && value !== null)
  if (objects.length > 0) return sumOfUsage(objects)
  const numbers = values.filter((value) => typeof value === 'number')
  return numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number, 0)
}
