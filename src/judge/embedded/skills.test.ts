import { describe, expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { verify } from '../../tasks/index.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { verdictOf } from './layout.ts'
import { labelledPairs } from './pairs.ts'
import { labelledSamples } from './samples.fixture.ts'
import { skillExample, skillTexts } from './skills.ts'
import { checkable } from './thinking.ts'

const samples = labelledSamples(40)
const texts = Array.from({ length: 3000 }, (_, i) => skillTexts(samples, 1)(i))

describe('what the base of a judge learns from', () => {
  it('has all skills, and is the same for the same seed', () => {
    expect(new Set(texts.map(({ skill }) => skill))).toEqual(
      new Set(['solve', 'restate', 'check', 'compare', 'judgment']),
    )
    expect(skillTexts(samples, 1)(7)).toEqual(texts[7])
    expect(skillTexts(samples, 2)(7)).not.toEqual(texts[7])
  })

  it('never shows a right response beside a wrong one, so that no verdict in it can be right', () => {
    const judgments = texts.filter((text) => text.skill === 'judgment')
    expect(judgments.length).toBeGreaterThan(500)
    for (const { responses, problem } of judgments) {
      expect(responses[0].correct).toBe(responses[1].correct)
      expect(new Set(responses.map(({ problem }) => problem))).toEqual(new Set([problem]))
    }
  })

  it('draws verdicts by lot: they go with nothing that was thought', () => {
    const judgments = texts.filter((text) => text.skill === 'judgment')
    for (const { lines, verdict } of judgments) expect(verdictOf(lines)).toBe(verdict)
    const firstIsBlamed = judgments.filter(
      ({ lines }) =>
        lines.some((line) => /^Check 1.*; wrong$/.test(line)) &&
        !lines.some((line) => /^Check 2.*; wrong$/.test(line)),
    )
    for (const some of [judgments, firstIsBlamed]) {
      const share = some.filter(({ verdict }) => verdict === 0).length / some.length
      expect(Math.abs(share - 0.5)).toBeLessThan(3 / Math.sqrt(some.length))
    }
  })

  it('says no verdict anywhere else', () => {
    for (const { skill, lines } of texts)
      if (skill !== 'judgment') expect(lines.some((line) => line.startsWith('Better'))).toBe(false)
  })

  it('checks steps as the verifier does, and none after the first error', () => {
    let wrong = 0
    for (const text of texts) {
      if (text.skill !== 'check' && text.skill !== 'judgment') continue
      const responses = text.skill === 'check' ? [text.response] : text.responses
      for (const line of text.lines) {
        const [, response, t, said, label] = /^Check (\d)\.(\d+): (.*); (right|wrong)$/.exec(line) ?? []
        if (label === undefined) continue
        const sample = responses[Number(response) - 1]
        expect(said).toBe(sample.steps[Number(t) - 1])
        expect(Number(t)).toBeLessThanOrEqual(checkable(sample))
        expect(label).toBe(Number(t) - 1 === sample.first_error ? 'wrong' : 'right')
        if (label === 'wrong') wrong++
      }
    }
    expect(wrong).toBeGreaterThan(100)
  })

  it('says solutions again word for word, of other problems, where nothing but reading helps', () => {
    const said = texts.filter((text) => text.skill === 'restate')
    expect(said.length).toBeGreaterThan(100)
    for (const { responses, lines } of said) {
      const [, place] = /^Step (\d)/.exec(lines[0])!
      const { steps } = responses[Number(place) - 1]
      expect(lines).toEqual(steps.map((step, t) => `Step ${place}.${t + 1}: ${step}`))
    }
    const foreign = said.filter(({ problem, responses }) => responses[0].problem !== problem)
    expect(foreign.length / said.length).toBeGreaterThan(0.9)
  })

  it('compares answers, right ones and wrong ones', () => {
    const ends = new Map<string, number>()
    for (const text of texts) {
      if (text.skill !== 'compare') continue
      const [mine, one, two] = [text.own, ...text.responses.map(({ steps }) => steps)].map((steps) =>
        steps.at(-1)!.startsWith('Answer: ') ? steps.at(-1)!.slice('Answer: '.length) : null,
      )
      const [first, second] = [one, two].map((answer) => mine !== null && answer === mine)
      const end = first ? (second ? 'both' : '1') : second ? '2' : 'neither'
      const said = (answer: string | null, same: boolean) => `${answer ?? 'none'}, ${same ? 'same' : 'other'}`
      expect(text.lines).toEqual([
        `Mine: ${mine ?? 'none'}; 1 Answer: ${said(one, first)}; 2 Answer: ${said(two, second)}; same: ${end}`,
      ])
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
    for (const end of ['1', '2']) expect(ends.get(end), end).toBeGreaterThan(0)
    const wrong = texts.filter((text) => {
      if (text.skill !== 'compare' || !/same: [12]$/.test(text.lines[0])) return false
      const [{ id, problem }] = text.responses
      return !verify({ id, problem, steps: text.own }).correct
    })
    expect(wrong.length).toBeGreaterThan(0)
  })

  it('becomes tokens of which all but the prompt are learned', () => {
    const { tokenizer } = readCheckpoint(writeTinyModels(scratchFolder()).policy)
    const { solution, end } = tokenizer.specials
    for (const text of texts.slice(0, 100)) {
      const { ids, from } = skillExample(tokenizer, text)
      const compares = text.skill === 'compare'
      const { steps, ended } = tokenizer.splitSteps(ids.slice(ids.lastIndexOf(solution) + 1))
      expect(steps).toEqual(compares ? [...text.own, ...text.lines] : text.lines)
      expect(ended).toBe(!compares)
      expect(ids[from - 1]).toBe(compares ? tokenizer.specials.step : solution)
      const responses = { solve: 0, restate: 2, check: 1, compare: 2, judgment: 2 }[text.skill]
      expect(ids.slice(0, from).filter((id) => id === end)).toHaveLength(responses)
    }
  })
})

describe('pairs', () => {
  it('are of a right and a wrong solution of one problem, with different answers, one pair a problem', () => {
    const pairs = labelledPairs(samples, 1)
    expect(pairs.length).toBeGreaterThan(25)
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length)
    for (const { id, problem, right, wrong, level, nearness } of pairs) {
      expect(verify({ id, problem, steps: right }).correct).toBe(true)
      const verdict = verify({ id, problem, steps: wrong })
      expect(verdict.correct).toBe(false)
      expect(level).toBe(3)
      expect(nearness).toBeCloseTo(verdict.firstError! / Math.max(1, wrong.length - 1), 10)
    }
    expect(labelledPairs(samples, 2)).not.toEqual(pairs)
  })
})
