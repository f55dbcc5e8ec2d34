import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import { page } from './page.ts'
import { resultsOf } from './results.fixture.ts'
import { resultFiles } from './results.ts'

const folder = scratchFolder()

/** Writes results as results.json of a subfolder each; returns the folder. */
function written(name: string, results: Record<string, object>): string {
  for (const [each, result] of Object.entries(results)) {
    mkdirSync(join(folder, name, each), { recursive: true })
    writeFileSync(join(folder, name, each, 'results.json'), JSON.stringify(result))
  }
  return join(folder, name)
}

interface Element {
  tagName: string
  textContent: string
  id: string
  getAttribute(name: string): string | null
  getAttributeNames(): string[]
  querySelector(selector: string): Element | null
  querySelectorAll(selector: string): Iterable<Element>
}

function parse(markup: string): Element {
  return parseHTML(markup).document.documentElement as unknown as Element
}

const good = page(resultFiles([written('good', resultsOf())]), 'Look')
const tree = parse(good)
const all = (selector: string) => [...tree.querySelectorAll(selector)]

describe('page', () => {
  test('has a section for every result, and a way to it', () => {
    expect(all('h2').map(({ textContent }) => textContent)).toEqual([
      'Beam search',
      'Best of N by crm: test, harder',
      'Promised error rates',
      'Scores between problems',
      'Demonstration',
      'crm',
      'crm',
      'The reasoning judge',
      'What labels know',
      'Exact pruning',
      'Reinforcement learning',
      'Solved problem',
      'Strength of the reward',
      'Transfer to another task',
    ])
    const ids = all('section').map(({ id }) => `#${id}`)
    expect(all('nav a').map((link) => link.getAttribute('href'))).toEqual(ids)
  })

  test('the same files give the same bytes', () =>
    expect(page(resultFiles([join(folder, 'good')]), 'Look')).toBe(good))

  test('loads nothing, runs nothing', () => {
    expect(all('script, link, img, iframe, object, image, use')).toEqual([])
    expect(good.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import/)
  })

  test('headings go down by one; every SVG has a name; every table has scopes; every figure its command', () => {
    const levels = all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName[1]))
    for (const [i, level] of levels.entries()) if (i > 0) expect(level - levels[i - 1]).toBeLessThanOrEqual(1)
    for (const svg of all('svg')) {
      expect(svg.getAttribute('role')).toBe('img')
      expect(svg.getAttribute('aria-label') ?? svg.querySelector('desc')?.textContent).toBeTruthy()
    }
    for (const heading of all('th')) expect(heading.getAttribute('scope')).toMatch(/^(row|col|rowgroup)$/)
    for (const figure of all('figure')) expect(figure.textContent).toMatch(/assay .*seed/)
  })

  test('plots take their colours from the page, in both themes', () => {
    expect(good).toContain('var(--curve-1)')
    const style = tree.querySelector('style')?.textContent
    expect(style).toMatch(/:root \{[^}]*--curve-1: #0969da/)
    expect(style).toMatch(/prefers-color-scheme: dark\) \{ :root \{[^}]*--curve-1: #58a6ff/)
    for (const svg of all('figure svg *'))
      expect(svg.getAttribute('fill') ?? svg.getAttribute('stroke') ?? '').not.toMatch(/^#/)
  })

  test('the numbers and how they were made', () => {
    for (const part of [
      '50.0<small>40.0 to 60.0</small>',
      'sampling seeds 1, 2',
      '4 of each split (test, harder)',
      'temperature 0.8, top-p 1, at most 384 tokens',
      'assay bench crm',
      'no promise',
      'Not sure',
      '▶ predicted first error',
      '✗ true first error',
      'Survival after each step: 90%, 27%',
      '87<small>83 to 92</small>',
      '6 of 3 pairs; 1 without a verdict; 1 bad rows left out',
      'published the second, the text says none',
    ])
      expect(good).toContain(part)
  })

  const evil =
    "</style></title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload='x' & ]]> --> \u001b[31m\u202e\u0000"

  test('given text is text: no element, attribute, control or bidi character comes from it', () => {
    const names = Object.keys(resultsOf())
    const markup = page(resultFiles([written('evil', resultsOf(evil))]), evil)
    const shape = (root: Element) =>
      [...root.querySelectorAll('*')].map((each) => `${each.tagName} ${each.getAttributeNames().join(' ')}`)
    const hostile = parse(markup)
    expect([...hostile.querySelectorAll('section')]).toHaveLength(names.length)
    expect(new Set(shape(hostile))).toEqual(new Set(shape(tree)))
    expect(markup).not.toMatch(/(?!\n)\p{Cc}|\u202e|<script|<img/u)
    expect(hostile.querySelector('.problem')?.textContent).toContain('<script>alert(1)</script>')
  })
})

test('metrics of a judge stand with those of their kind; without a missing verdict there is one value', () => {
  const result = resultsOf()['evaluate-judge']
  const tableOf = (verdicts: number) => {
    const markup = page(resultFiles([written(`verdicts-${verdicts}`, { a: { ...result, verdicts } })]), 'x')
    return [...parse(markup).querySelectorAll('th')].map(({ textContent }) => textContent)
  }
  const rows = [
    ...['Against the labels', 'crm', 'The order shown', 'flips with the order'],
    ...['Verdicts and their cost', 'unparseable', 'tokens per verdict'],
  ]
  expect(tableOf(5)).toEqual([
    ...['Metric', 'with verdicts', 'value', 'all', 'value, missing verdicts missed'],
    ...rows,
  ])
  expect(tableOf(6)).toEqual(['Metric', 'number', 'value', ...rows])
})

describe('what cannot be read is refused, with the file and what to do', () => {
  const refused = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return () => page(resultFiles([file]), 'x')
  }
  test.each([
    ['cut.json', '{"bench": "beam", ', 'cannot be read as JSON'],
    ['list.json', '[]', 'is no result that assay knows'],
    ['null.json', 'null', 'is no result that assay knows'],
    ['old.json', '{"command": [], "sets": []}', 'run the bench again'],
    ['unknown.json', '{"bench": "constructor"}', 'is no result that assay knows'],
    ['part.json', '{"bench": "beam", "command": ["bench"]}', 'versions is missing'],
    ['type.json', JSON.stringify({ ...resultsOf().beam, sets: 5 }), 'sets must be a list, not a number'],
    [
      'hazards.json',
      JSON.stringify(resultsOf().solve).replaceAll('[0.1,0.7]', '[0.1]'),
      'must have as many hazards as steps',
    ],
  ])('%s', (name, text, message) => {
    const act = refused(name, text)
    expect(act).toThrow(InputError)
    expect(act).toThrow(message)
    expect(act).toThrow(join(folder, name))
  })

  test('a path that is not there, a folder without results', () => {
    expect(() => resultFiles([join(folder, 'nowhere')])).toThrow('no such file or folder')
    mkdirSync(join(folder, 'empty'))
    expect(() => resultFiles([join(folder, 'empty')])).toThrow('no results.json in it')
    expect(() => resultFiles([join(folder, 'empty')])).toThrow(InputError)
  })
})

test("a folder's own results.json, or those right below; each once", () => {
  const [good, beam] = [join(folder, 'good'), join(folder, 'good', 'beam')]
  const file = join(beam, 'results.json')
  expect(resultFiles([beam])).toEqual([file])
  expect(resultFiles([file, good, beam])).toHaveLength(Object.keys(resultsOf()).length)
  expect(resultFiles([file, good, beam])[0]).toBe(file)
})
