import type { Interval } from '../../evaluate/bootstrap.ts'
import { type Content, Html, html } from './html.ts'

/** One part of the page: what was measured, and what came out. */
export interface Section {
  title: string
  /** One sentence. */
  about: string
  body: Html
}

/** Plots of a page: two fit beside each other, one fits a phone; their captions say what subtitles would. */
export const pageLook = { theme: 'page', width: 480, height: 360, subtitle: undefined } as const

/** A picture with its caption, and what made it. `svg` is trusted markup. */
export function figure(svg: string, caption: Content, made: Content): Html {
  return html`<figure>${new Html(svg)}<figcaption>${caption} ${made}</figcaption></figure>\n`
}

export interface Column<Row> {
  title: string
  value: (row: Row) => Content
}

/** Rows under one heading; '' for none. */
interface RowGroup<Row> {
  name: string
  rows: readonly Row[]
}

/** A table that scrolls in its own box; the first column names the row. */
export function table<Row>(
  caption: string,
  groups: readonly RowGroup<Row>[],
  columns: readonly Column<Row>[],
): Html {
  const [head, ...rest] = columns
  const heading = (name: string) =>
    name !== '' && html`<tr><th scope="rowgroup" colspan="${columns.length}">${name}</th></tr>\n`
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
${groups.map(
  ({ name, rows }) =>
    html`<tbody>${heading(name)}${rows.map(
      (row) =>
        html`<tr><th scope="row">${head.value(row)}</th>${rest.map(({ value }) => html`<td>${value(row) ?? '–'}</td>`)}</tr>\n`,
    )}</tbody>`,
)}</table></div>\n`
}

/** Names and values; pairs without a value are left out. */
export function facts(pairs: readonly [name: string, value: Content][]): Html {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined)
  return html`<dl>${given.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>\n`
}

export function details(summary: Content, body: Html): Html {
  return html`<details><summary>${summary}</summary>\n${body}</details>\n`
}

/** Shares in percent, without the sign: `81.2`, and below it `79.9 to 82.5`. */
export const shares = within((value) => (100 * value).toFixed(1))
const inPoints = (value: number) => signed((100 * value).toFixed(1))
/** Differences of shares, in percentage points. */
export const changes = within(inPoints)
/** The same, and below it what it is of each seed where there are several. */
export const changesBySeed = bySeed(inPoints)
/** The same of fractions. */
export const fractionsBySeed = bySeed((value) => signed(value.toFixed(3)))
export const fractions = within((value) => value.toFixed(3))
/** Whole numbers: of tokens, say. */
export const numbers = within((value) => value.toFixed(0))

function within(text: (value: number) => string): (interval: Interval | null) => Content {
  return (interval) =>
    interval && html`${text(interval.mean)}<small>${text(interval.low)} to ${text(interval.high)}</small>`
}

function bySeed(text: (value: number) => string) {
  return (difference: (Interval & { seeds: readonly number[] }) | null): Content => {
    const { seeds = [] } = difference ?? {}
    const each = seeds.length > 1 && html`<small>seeds: ${seeds.map(text).join(',\u00a0')}</small>`
    return difference && html`${within(text)(difference)}${each}`
  }
}

function signed(text: string): string {
  if (Number(text) === 0) return text.replace('-', '')
  return text.startsWith('-') ? text.replace('-', '−') : `+${text}`
}

/** `all`, as sets of all tasks are called, for readers. */
export function taskTitle(task: string): string {
  return task === 'all' ? 'All tasks' : task
}
