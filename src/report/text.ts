/*
 * Text that others wrote, made safe and measurable for a terminal or a plot.
 */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * The text with everything that could steer a terminal, forge a line or reorder what is read made visible or dropped:
 * control characters become pictures (ESC -> ␛); C1 controls, bidi marks and lone surrogates become U+FFFD; tabs and every
 * kind of space become plain spaces, and so do line breaks unless `keepLines`.
 */
export function neutralise(text: string, { keepLines = false } = {}): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(keepLines ? /[\t\v\f]|\p{Zs}/gu : /[\t\n\v\f]|\p{Zs}/gu, ' ')
    .replace(/[\u200b\u2060\ufeff\u00ad]/g, '')
    .replace(/(?!\n)\p{Cc}/gu, (control) => controlPicture(control.charCodeAt(0)))
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
}

function controlPicture(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}

const wide =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])/u

/** The characters a reader sees, each with the terminal columns it takes (0, 1 or 2). */
export function graphemes(text: string): { text: string; columns: number }[] {
  if (/^[\x20-\x7e]*$/.test(text)) return Array.from(text, (character) => ({ text: character, columns: 1 }))
  return Array.from(segmenter.segment(text), ({ segment }) => ({
    text: segment,
    columns: /^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(segment) ? 0 : wide.test(segment) ? 2 : 1,
  }))
}

/** Terminal columns that a text takes. */
export function columnsOf(text: string): number {
  return graphemes(text).reduce((sum, { columns }) => sum + columns, 0)
}

/** The text in at most `columns` columns, with … where it was cut. */
export function truncate(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let kept = ''
  let used = 1
  for (const grapheme of graphemes(text)) {
    if (used + grapheme.columns > columns) break
    kept += grapheme.text
    used += grapheme.columns
  }
  return columns < 1 ? '' : `${kept.trimEnd()}…`
}

/** Lines of at most `columns` columns, broken at spaces where possible; beyond `maxLines` the last one ends with …. */
export function wrap(text: string, columns: number, maxLines = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    let used = 0
    for (const word of paragraph.split(/(?<= )(?=[^ ])/)) {
      const width = columnsOf(word.trimEnd())
      if (used > 0 && used + width > columns) {
        lines.push(line.trimEnd())
        line = ''
        used = 0
      }
      for (const grapheme of width > columns ? graphemes(word) : [{ text: word, columns: columnsOf(word) }]) {
        if (width > columns && used + grapheme.columns > columns && used > 0) {
          lines.push(line)
          line = ''
          used = 0
        }
        line += grapheme.text
        used += grapheme.columns
      }
    }
    lines.push(line.trimEnd())
    if (lines.length > maxLines) break
  }
  if (lines.length <= maxLines) return lines
  const cut = lines.slice(0, maxLines)
  const last = cut[maxLines - 1]
  cut[maxLines - 1] = columnsOf(last) < columns ? `${last}…` : truncate(`${last} …`, columns)
  return cut
}
