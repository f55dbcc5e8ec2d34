import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import { columnsOf, neutralise, truncate } from './text.ts'

export interface PlotPoint {
  x: number
  y: number
  /** Confidence bounds of y; a band is drawn where both are given. */
  low?: number
  high?: number
}

export interface PlotCurve {
  name: string
  points: readonly PlotPoint[]
  /** 'strong' is what the plot is about; 'reference' lines are grey and dashed. */
  emphasis?: 'strong' | 'plain' | 'reference'
  /** A path: the line goes from point to point as they stand, not from left to right, and its name is where it ends. */
  isPath?: boolean
}

export interface LinePlot {
  title: string
  /** A second, smaller line under the title: what was measured, on what. */
  subtitle?: string
  /** What the plot shows, for those who cannot see it; the end points are listed unless given. */
  description?: string
  x: { label: string; scale?: 'log2' | 'linear' }
  /** 'percent' shows 0.5 as 50%. */
  y: { label: string; format?: 'percent' | 'number' }
  curves: readonly PlotCurve[]
  /**
   * Colours for a white or a dark page; the background is painted, so either is readable anywhere. 'page' leaves them to
   * the page that the plot stands in: see {@link plotVariables}.
   */
  theme?: 'light' | 'dark' | 'page'
  /** Pixels; 760 x 420 unless given. */
  width?: number
  height?: number
}

/** How a plot looks, whatever it shows. */
export type PlotLook = Pick<LinePlot, 'subtitle' | 'theme' | 'width' | 'height'>

interface Theme {
  background: string
  ink: string
  muted: string
  grid: string
  curves: string[]
}

const painted: Record<'light' | 'dark', Theme> = {
  light: {
    background: '#ffffff',
    ink: '#1f2328',
    muted: '#656d76',
    grid: '#e6e9ed',
    curves: ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#8a6100', '#0e7490', '#cf222e'],
  },
  dark: {
    background: '#0d1117',
    ink: '#e6edf3',
    muted: '#9198a1',
    grid: '#262c36',
    curves: ['#58a6ff', '#f0883e', '#3fb950', '#bc8cff', '#f778ba', '#d29922', '#39c5cf', '#ff7b72'],
  },
}

const themes: Record<'light' | 'dark' | 'page', Theme> = {
  ...painted,
  page: {
    background: 'var(--background)',
    ink: 'var(--ink)',
    muted: 'var(--muted)',
    grid: 'var(--grid)',
    curves: painted.light.curves.map((_, i) => `var(--curve-${i + 1})`),
  },
}

/** The CSS variables that plots of the 'page' theme are painted with, as declarations for one of the other themes. */
export function plotVariables(theme: 'light' | 'dark'): string {
  const { curves, ...colours } = painted[theme]
  return [...Object.entries(colours), ...curves.map((curve, i) => [`curve-${i + 1}`, curve])]
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')
}
const dashes = ['1 4', '7 4', '9 3 2 3', '3 3']
/** Of lines in colour. */
const rounds = [undefined, '8 3', '4 3', '2 2']
const labelSize = 12
const labelGap = 15
const edge = 18
const mostDots = 16

/**
 * Curves with confidence bands as a standalone SVG document (string), labelled at their right ends.
 * Every given string is text only: it cannot become markup. The same plot gives the same bytes.
 * Throws InputError on a point that cannot be placed.
 */
export function linePlot(plot: LinePlot): string {
  const { title, subtitle, x, y, curves, theme = 'light', width = 760, height = 420 } = plot
  checkPoints(plot)
  const colours = themes[theme]
  const styled = styleCurves(curves, colours)
  const names = styled.map(({ name }) => name)
  const longest = Math.max(...names.map((name) => columnsOf(name)))
  const marginRight = Math.min(edge + 14 + longest * labelSize * 0.64, 0.38 * width)
  const marginTop = subtitle === undefined ? 68 : 88
  const log = (x.scale ?? 'log2') === 'log2'
  const format = (value: number) => (y.format === 'number' ? plain(value) : `${plain(value * 100)}%`)
  const xs = [...new Set(styled.flatMap(({ points }) => points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  )

  const { document } = parseHTML('<html><body></body></html>')
  const svg = Plot.plot({
    document,
    className: 'assay-plot',
    width,
    height,
    marginTop,
    marginRight,
    marginBottom: 56,
    marginLeft: 58,
    x: { type: log ? 'log' : 'linear', ...(log ? { base: 2 } : {}), label: null },
    y: { domain: yDomain(styled, y.format !== 'number'), nice: true, label: null },
    marks: [
      Plot.axisY({
        ticks: 6,
        tickFormat: format,
        tickSize: 0,
        fontSize: labelSize,
        color: colours.muted,
        label: null,
      }),
      Plot.gridY({ ticks: 6, stroke: colours.grid, strokeOpacity: 1 }),
      Plot.axisX({
        ...(log && areApart(xs) ? { ticks: xs } : {}),
        tickFormat: plain,
        tickSize: 4,
        fontSize: labelSize,
        color: colours.muted,
        label: null,
      }),
      ...styled.map(({ points, colour, reference }) =>
        Plot.areaY(
          points.filter(({ low, high }) => low !== undefined && high !== undefined),
          { x: 'x', y1: 'low', y2: 'high', fill: colour, fillOpacity: reference ? 0.08 : 0.13 },
        ),
      ),
      ...styled.flatMap(({ points, colour, dash, strong, reference, isPath }) => [
        Plot.lineY(points, {
          x: 'x',
          y: 'y',
          stroke: colour,
          strokeWidth: strong ? 3 : 1.75,
          strokeDasharray: dash,
        }),
        ...((reference && points.length > 1) || (points.length > mostDots && !isPath)
          ? []
          : [
              Plot.dot(isPath ? points.slice(-1) : points, {
                x: 'x',
                y: 'y',
                fill: colour,
                stroke: colours.background,
                r: strong ? 4.5 : 3.5,
              }),
            ]),
      ]),
    ],
  }) as unknown as SvgElement & Plot.Plot

  const element = (name: string, attributes: Record<string, string | number>, content = '') => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
    made.textContent = content
    return made as unknown as SvgElement
  }
  const text = (left: number, top: number, content: string, attributes: Record<string, string | number>) =>
    element(
      'text',
      { x: round(left), y: round(top), 'text-anchor': 'start', 'font-size': labelSize, ...attributes },
      content,
    )

  const room = (characterWidth: number) => Math.floor((width - 2 * edge) / characterWidth)
  svg.append(
    text(edge, 32, truncate(neutralise(title), room(17 * 0.69)), {
      fill: colours.ink,
      'font-size': 17,
      'font-weight': 600,
    }),
  )
  if (subtitle !== undefined)
    svg.append(
      text(edge, 53, truncate(neutralise(subtitle), room(13 * 0.6)), {
        fill: colours.muted,
        'font-size': 13,
      }),
    )
  svg.append(text(edge, marginTop - 14, neutralise(y.label), { fill: colours.muted }))
  const xMiddle = (58 + width - marginRight) / 2
  svg.append(
    text(xMiddle, height - 14, neutralise(x.label), { fill: colours.muted, 'text-anchor': 'middle' }),
  )
  for (const label of endLabels(svg, styled, marginTop, height - 56)) {
    const { curve, end, left, from, to } = label
    if (end < left - 1)
      svg.append(
        element('path', {
          d: `M${round(end + 7)},${round(from)}H${round(left)}`,
          stroke: curve.colour,
          'stroke-opacity': 0.6,
          'stroke-dasharray': '1 5',
          fill: 'none',
        }),
      )
    if (Math.abs(from - to) > 3)
      svg.append(
        element('path', {
          d: `M${round(left + 7)},${round(from)}L${round(left + 17)},${round(to)}`,
          stroke: curve.colour,
          'stroke-opacity': 0.6,
          fill: 'none',
        }),
      )
    const weight = curve.strong ? 700 : 500
    svg.append(
      text(left + 20, to + labelSize * 0.35, curve.name, { fill: curve.colour, 'font-weight': weight }),
    )
  }

  const id = `assay-${seedOf(JSON.stringify(plot)).toString(36)}`
  svg.prepend(
    element('title', { id: `${id}-title` }, neutralise(title)),
    element('desc', { id: `${id}-desc` }, neutralise(plot.description ?? describe(plot, format))),
    element('rect', { width, height, fill: colours.background }),
  )
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('font-family', 'system-ui, -apple-system, sans-serif')
  svg.setAttribute('color', colours.ink)
  svg.setAttribute('aria-labelledby', `${id}-title ${id}-desc`)
  return `${svg.outerHTML}\n`
}

/** The few things used of linkedom's SVG elements; the project is typed without a DOM. */
interface SvgElement {
  append(...children: SvgElement[]): void
  prepend(...children: SvgElement[]): void
  setAttribute(name: string, value: string): void
  outerHTML: string
}

interface StyledCurve {
  name: string
  points: readonly PlotPoint[]
  colour: string
  dash: string | undefined
  strong: boolean
  reference: boolean
  isPath: boolean
}

function styleCurves(curves: readonly PlotCurve[], colours: Theme): StyledCurve[] {
  let coloured = 0
  let dashed = 0
  const styled = curves.map((curve): StyledCurve => {
    const { name, emphasis = 'plain', isPath = false } = curve
    const reference = emphasis === 'reference'
    const place = reference ? 0 : coloured++
    // where colours come again, the line tells them apart
    const round = Math.floor(place / colours.curves.length)
    return {
      name: truncate(neutralise(name), 26),
      points: inOrder(curve),
      colour: reference ? colours.muted : colours.curves[place % colours.curves.length],
      dash: reference ? dashes[dashed++ % dashes.length] : rounds[Math.min(round, rounds.length - 1)],
      isPath,
      strong: emphasis === 'strong',
      reference,
    }
  })
  // what the plot is about is drawn last, on top
  const layer = ({ strong, reference }: StyledCurve) => (strong ? 2 : reference ? 0 : 1)
  return styled.sort((a, b) => layer(a) - layer(b))
}

function inOrder({ points, isPath }: PlotCurve): readonly PlotPoint[] {
  return isPath ? points : [...points].sort((a, b) => a.x - b.x)
}

function endLabels(svg: Plot.Plot, curves: StyledCurve[], top: number, bottom: number) {
  const [xScale, yScale] = [svg.scale('x'), svg.scale('y')]
  const ends = curves
    .map((curve) => ({ curve, point: curve.points[curve.points.length - 1] }))
    .map(({ curve, point }) => ({
      curve,
      end: Number(xScale?.apply(point.x)),
      from: Number(yScale?.apply(point.y)),
    }))
    .sort((a, b) => a.from - b.from)
  const left = Math.max(...ends.map(({ end }) => end))
  const tops = spread(
    ends.map(({ from }) => from),
    labelGap,
    top,
    bottom,
  )
  return ends.map((end, i) => ({ ...end, left, to: tops[i] }))
}

/**
 * Rising positions at least `gap` apart that stray least (in squares) from the wanted ones, which rise; then held within
 * [low, high]. Pools neighbours that are too close around their mean.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const groups: { sum: number; count: number }[] = []
  for (const [i, position] of wanted.entries()) {
    groups.push({ sum: position - i * gap, count: 1 })
    for (let last = groups.length - 1; last > 0; last--) {
      const [before, after] = [groups[last - 1], groups[last]]
      if (before.sum / before.count <= after.sum / after.count) break
      groups.splice(last - 1, 2, { sum: before.sum + after.sum, count: before.count + after.count })
    }
  }
  const highest = Math.max(low, high - (wanted.length - 1) * gap)
  return groups
    .flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
    .map((position, i) => Math.min(Math.max(position, low), highest) + i * gap)
}

/** Few enough values, and far enough from each other on a log axis, to label every one. */
function areApart(rising: readonly number[]): boolean {
  return rising.length <= 12 && rising.every((x, i) => i === 0 || x >= 1.25 * rising[i - 1])
}

/** The values with some room; shares keep to [0, 1] if they are within it. */
function yDomain(curves: StyledCurve[], shares: boolean): [number, number] {
  const values = curves.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]),
  )
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max((high - low) * 0.04, shares ? 0.02 : Math.abs(high) * 0.02 || 1)
  return [
    shares && low >= 0 ? Math.max(0, low - room) : low - room,
    shares && high <= 1 ? Math.min(1, high + room) : high + room,
  ]
}

function describe({ curves, x }: LinePlot, format: (value: number) => string): string {
  return curves
    .map((curve) => {
      const sorted = inOrder(curve)
      const [first, last] = [sorted[0], sorted[sorted.length - 1]]
      return `${curve.name}: ${format(first.y)} at ${x.label} ${plain(first.x)}, ${format(last.y)} at ${plain(last.x)}.`
    })
    .join(' ')
}

function checkPoints({ curves, x }: LinePlot) {
  if (curves.length === 0) throw new InputError('a plot without curves')
  for (const { name, points } of curves) {
    if (points.length === 0) throw new InputError('a curve without points', { where: name })
    for (const point of points)
      for (const value of Object.values(point))
        if (value !== undefined && !Number.isFinite(value))
          throw new InputError(`a point at ${value}`, { where: name })
    if (x.scale !== 'linear' && points.some((point) => point.x <= 0))
      throw new InputError('x must be above 0 on a log axis', { where: name })
  }
}

/** A number as short as it can be read: 0.1 + 0.2 -> 0.3. */
function plain(value: number): string {
  return String(Number(value.toPrecision(4))).replace('-', '−')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
