import { DOMParser } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { type LinePlot, linePlot, spread } from './line-plot.ts'

const counts = [1, 2, 4, 8, 16]
const curve = (name: string, rise: number, emphasis?: 'strong' | 'reference') => ({
  name,
  emphasis,
  points: counts.map((x, i) => ({ x, y: 0.5 + rise * i, low: 0.48 + rise * i, high: 0.52 + rise * i })),
})
const plot: LinePlot = {
  title: 'Best-of-N',
  x: { label: 'N' },
  y: { label: 'accuracy' },
  curves: [curve('CRM', 0.08, 'strong'), curve('PRM', 0.078), curve('pass@1', 0, 'reference')],
}
const texts = (svg: string) => Array.from(svg.matchAll(/<text[^>]*>([^<]*)</g), ([, text]) => text)

/** Tags in order of appearance: enough to see that a hostile string added none. */
const tags = (svg: string) => Array.from(svg.matchAll(/<([a-z]+)/gi), ([, tag]) => tag)

describe('linePlot', () => {
  test('is a standalone SVG with title, description and a painted background', () => {
    const svg = linePlot(plot)
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    expect(svg).toContain('role="img"')
    expect(svg).toMatch(
      /<title id="([^"]+)-title">Best-of-N<\/title><desc id="\1-desc">.*<rect [^>]*fill="#ffffff"/,
    )
    expect(svg).toMatch(/aria-labelledby="(\S+)-title \1-desc"/)
    expect(svg).toContain('CRM: 50% at N 1, 82% at 16.')
    expect(linePlot({ ...plot, theme: 'dark' })).toContain('fill="#0d1117"')
  })
  test('ticks are the N; percents on y; every curve is labelled once', () => {
    const written = texts(linePlot(plot))
    for (const expected of ['1', '2', '4', '8', '16', '50%', '80%', 'CRM', 'PRM', 'pass@1', 'accuracy', 'N'])
      expect(written.filter((text) => text === expected)).toHaveLength(1)
  })
  test('the same plot gives the same bytes', () => expect(linePlot(plot)).toBe(linePlot(plot)))
  test('labels of near curves are apart, inside the picture, and in the order of their curves', () => {
    const svg = linePlot({
      ...plot,
      curves: ['a', 'b', 'c', 'd'].map((name, i) => curve(name, 0.08 - i / 1000)),
    })
    const tops = ['a', 'b', 'c', 'd'].map((name) =>
      Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}</text>`).exec(svg)?.[1]),
    )
    for (const [i, top] of tops.entries()) if (i > 0) expect(top - tops[i - 1]).toBeGreaterThanOrEqual(14.9)
    expect(tops[0]).toBeGreaterThan(60)
    expect(tops[3]).toBeLessThan(420 - 40)
  })
  test('a path is drawn in its own order and named where it ends; other lines from left to right', () => {
    const there = [0.1, 0.9, 0.3].map((x, i) => ({ x, y: 0.9 - 0.4 * i }))
    const drawn = (isPath: boolean) => {
      const svg = linePlot({
        ...plot,
        x: { label: 'proxy', scale: 'linear' },
        curves: [{ name: 'it', points: there, isPath }],
      })
      const [, line] = /aria-label="line"><path d="(M[^"]+)"/.exec(svg)!
      const xs = Array.from(line.matchAll(/[ML]([\d.]+),/g), ([, x]) => Number(x))
      return {
        rising: xs.every((x, i) => i === 0 || x > xs[i - 1]),
        said: /<desc[^>]*>([^<]*)/.exec(svg)?.[1],
      }
    }
    expect(drawn(true)).toEqual({ rising: false, said: 'it: 90% at proxy 0.1, 10% at 0.3.' })
    expect(drawn(false)).toEqual({ rising: true, said: 'it: 90% at proxy 0.1, 50% at 0.9.' })
  })
  test('no two lines in colour look alike', () => {
    const names = Array.from({ length: 20 }, (_, i) => `reward ${i}`)
    const svg = linePlot({ ...plot, curves: names.map((name, i) => curve(name, i / 1000)) })
    const lines = Array.from(svg.matchAll(/<g[^>]* aria-label="line">/g), ([line]) =>
      [/stroke="([^"]+)"/, /stroke-dasharray="([^"]+)"/].map((of) => of.exec(line)?.[1]).join(),
    )
    expect(lines).toHaveLength(20)
    expect(new Set(lines).size).toBe(20)
  })
  test('hostile strings stay text', () => {
    const hostile =
      '</text></title></svg><script>alert(1)</script>"\'&lt; ]]> <!-- \u0000\u001b[31m\ufffe \ud800'
    const evil = linePlot({
      ...plot,
      title: hostile,
      subtitle: hostile,
      description: hostile,
      x: { label: hostile },
      y: { label: hostile },
      curves: plot.curves.map((curve) => ({ ...curve, name: hostile })),
    })
    expect(tags(evil)).toEqual(tags(linePlot({ ...plot, subtitle: 'plain' })))
    expect(evil).not.toMatch(/(?!\n)\p{Cc}|\ufffe|<script/u)
    const parsed = new DOMParser().parseFromString(evil, 'image/svg+xml')
    expect(parsed.querySelector('desc')?.textContent).toContain('<script>alert(1)</script>')
  })
  test('one N, one point, equal values, linear x, missing bands, many points', () => {
    const odd: LinePlot[] = [
      { ...plot, curves: [{ name: 'a', points: [{ x: 4, y: 0.5 }] }] },
      {
        ...plot,
        curves: [{ name: 'a', points: [{ x: 0, y: 0 }], emphasis: 'reference' }],
        x: { label: 'x', scale: 'linear' },
      },
      {
        ...plot,
        x: { label: 'step', scale: 'linear' },
        y: { label: 'return', format: 'number' },
        curves: [
          { name: 'long', points: Array.from({ length: 200 }, (_, x) => ({ x, y: -x })) },
          {
            name: 'short',
            points: [
              { x: 3, y: -1 },
              { x: 1, y: -2 },
            ],
          },
        ],
      },
    ]
    for (const given of odd) expect(linePlot(given)).not.toMatch(/NaN|undefined|Infinity/)
  })
  test('what cannot be placed is refused', () => {
    const at = (x: number, y: number): LinePlot => ({ ...plot, curves: [{ name: 'a', points: [{ x, y }] }] })
    expect(() => linePlot(at(1, Number.NaN))).toThrow(InputError)
    expect(() => linePlot(at(0, 1))).toThrow('above 0')
    expect(() => linePlot({ ...plot, curves: [] })).toThrow(InputError)
    expect(() => linePlot({ ...plot, curves: [{ name: 'a', points: [] }] })).toThrow(
      'a: a curve without points',
    )
  })
})

test('spread keeps order and gap, stays near and inside', () => {
  expect(spread([10, 50], 15, 0, 100)).toEqual([10, 50])
  expect(spread([50, 50], 10, 0, 100)).toEqual([45, 55])
  expect(spread([50, 52, 90], 10, 0, 100)).toEqual([46, 56, 90])
  expect(spread([99, 100], 10, 0, 100)).toEqual([90, 100])
  expect(spread([0, 0], 10, 0, 100)).toEqual([0, 10])
})
