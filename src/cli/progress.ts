import { errorColours } from './output.ts'

interface Terminal {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  /** What is counted: `solutions`, `steps`. */
  unit?: string
  /** How many there will be; leave out where nobody knows. */
  total?: number
  /** Already done before this run (a resumed one): counted, but no part of the rate. */
  done?: number
  stream?: Terminal
  now?: () => number
}

/** Milliseconds between two repaints of a bar, and between two lines of a log. */
const repaint = 80
const logEvery = 30_000

/**
 * Progress on stderr: a bar with percent, rate and time left on a terminal; elsewhere one plain line every 30 s,
 * so that a log shows life.
 *
 *     const progress = new Progress('training', { total: steps, unit: 'steps' })
 *     progress.add(1, `loss ${loss.toFixed(3)}`)
 *     progress.stop()
 */
export class Progress {
  readonly #title: string
  readonly #unit: string
  readonly #total: number | undefined
  readonly #stream: Terminal
  readonly #now: () => number
  readonly #started: number
  readonly #before: number
  #done: number
  #text = ''
  #painted: number
  #drawn = false

  constructor(title: string, options: ProgressOptions = {}) {
    this.#title = title
    this.#unit = options.unit ?? ''
    this.#total = options.total
    this.#stream = options.stream ?? process.stderr
    this.#now = options.now ?? Date.now
    this.#before = options.done ?? 0
    this.#done = this.#before
    this.#started = this.#now()
    this.#painted = this.#stream.isTTY ? -Infinity : this.#started
  }

  /** Counts `count` more as done; `text` stays on the line until another replaces it. */
  add(count = 1, text = this.#text): void {
    this.#done += count
    this.#text = text
    if (this.#now() - this.#painted < (this.#stream.isTTY ? repaint : logEvery)) return
    this.#painted = this.#now()
    if (this.#stream.isTTY) this.#draw()
    else this.#stream.write(`${this.#line()}\n`)
  }

  /** Clears the bar; call it before printing anything else, and also when the work fails. */
  stop(): void {
    if (this.#drawn) this.#stream.write('\r\x1b[K')
    this.#drawn = false
  }

  #draw(): void {
    const width = this.#stream.columns || 80
    const line = this.#line()
    const room = Math.min(24, width - line.length - 2)
    const text = room < 6 ? line.slice(0, width - 1) : `${this.#bar(room)} ${line}`
    this.#stream.write(`\r${text}\x1b[K`)
    this.#drawn = true
  }

  #bar(room: number): string {
    if (!this.#total) return ''
    const filled = Math.round(room * Math.min(1, this.#done / this.#total))
    return errorColours.cyan('━'.repeat(filled)) + errorColours.dim('─'.repeat(room - filled))
  }

  #line(): string {
    const seconds = (this.#now() - this.#started) / 1000
    const rate = seconds >= 1 ? (this.#done - this.#before) / seconds : 0
    const of = this.#total === undefined ? '' : `/${this.#total}`
    const parts = [`${this.#title} ${this.#done}${of}${this.#unit && ` ${this.#unit}`}`]
    if (this.#total) parts.push(`${Math.floor((100 * this.#done) / this.#total)}%`)
    if (rate > 0) parts.push(rateText(rate))
    if (rate > 0 && this.#total !== undefined && this.#total > this.#done)
      parts.push(`${duration((this.#total - this.#done) / rate)} left`)
    if (this.#text) parts.push(this.#text)
    return parts.join('  ')
  }
}

/** Seconds as people say them: `8s`, `3m 20s`, `2h 05m`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

function rateText(rate: number): string {
  if (rate >= 100) return `${Math.round(rate)}/s`
  return rate >= 1 ? `${rate.toFixed(1)}/s` : `${(1 / rate).toFixed(1)}s each`
}
