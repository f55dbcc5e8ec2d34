type Settings = Record<string, unknown>

/** The longest value that is told of. */
const most = 60

/**
 * What of a run's settings is not as asked for, in one line with both values: `seed is 1 there, not 2`. Of settings within settings, those
 * that differ, as `config.layers`. Empty where all are the same.
 */
export function differingSettings(there: Settings, asked: Settings): string {
  return differences(there, asked).join('; ')
}

function differences(there: Settings, asked: Settings, within = ''): string[] {
  const names = [...new Set([...Object.keys(there), ...Object.keys(asked)])]
  return names.flatMap((name) => {
    const [old, now] = [there[name] ?? null, asked[name] ?? null]
    if (isSettings(old) && isSettings(now)) return differences(old, now, `${within}${name}.`)
    if (JSON.stringify(old) === JSON.stringify(now)) return []
    return [`${within}${name} is ${told(old)} there, not ${told(now)}`]
  })
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function told(value: unknown): string {
  if (value === null) return 'none'
  const text = JSON.stringify(value)
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}
