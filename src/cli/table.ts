import { stripVTControlCharacters } from 'node:util'

export interface Column<Row> {
  title: string
  value: (row: Row) => string | number | null | undefined
  /** Default: right for a column of numbers, left for any other. */
  align?: 'left' | 'right'
  /** Decimals for numbers that are not whole. Default 3. */
  digits?: number
}

/** Rows as aligned text, two spaces between columns; nothing is known where a value is null, shown as `-`. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const laidOut = columns.map((column) => {
    const values = rows.map(column.value)
    const cells = [column.title, ...values.map((value) => cellText(value, column.digits ?? 3))]
    const numeric = values.some(isNumber) && values.every((value) => value == null || isNumber(value))
    const width = Math.max(...cells.map(widthOf))
    return { cells, width, right: (column.align ?? (numeric ? 'right' : 'left')) === 'right' }
  })
  const lines = [undefined, ...rows].map((_, line) =>
    laidOut
      .map(({ cells, width, right }) => pad(cells[line], width, right))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, laidOut.map(({ width }) => '-'.repeat(width)).join('  '))
  return lines.join('\n')
}

/** Columns that text takes in a terminal: escape codes and combining marks take none, CJK and emoji two. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (/^\p{Mark}|\u200d|\ufe0f$/u.test(character)) continue
    width +=
      /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}$/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function cellText(value: string | number | null | undefined, digits: number): string {
  if (value == null) return '-'
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? String(value) : value.toFixed(digits)
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(width - widthOf(text))
  return right ? space + text : text + space
}
