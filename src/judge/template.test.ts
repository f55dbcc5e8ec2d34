import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { defaultTemplate, templateFor } from './default-template.ts'
import { selfTest } from './self-test.ts'
import { promptOf, readTemplate } from './template.ts'
import { type DialectName, dialects } from './verdict.ts'

const comparison = { query: 'Q?', responses: ['one', 'two'] as const, seed: 3 }

describe('the default template', () => {
  test('has the paper’s parts in the paper’s order', () => {
    const [system, user] = promptOf(defaultTemplate).messages(comparison)
    expect(system.role).toBe('system')
    expect(user.content.match(/^#+ .*$/gm)).toEqual([
      '## Query',
      '## Assistant responses',
      '### Assistant 1',
      '### Assistant 2',
      '## Analysis',
    ])
    const rules = [
      'told|tells',
      'helps',
      'true',
      'detail',
      'harm',
      'safer',
      'asked for',
      'first',
      'longer',
      'not both',
    ]
    const places = rules.map((rule) => system.content.search(new RegExp(rule)))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  test('quotes each text between lines with the same code', () => {
    const [, { content }] = promptOf(defaultTemplate).messages(comparison)
    const [, code] = /\[begin (\w+)\]/.exec(content) ?? []
    for (const text of ['Q?', 'one', 'two'])
      expect(content).toContain(`[begin ${code}]\n${text}\n[end ${code}]\n`)
    expect(content.split(code)).toHaveLength(7)
  })

  test.each(Object.keys(dialects) as DialectName[])('%s: asks in the words of its dialect', (name) => {
    const { user } = templateFor(name)
    for (const label of dialects[name].labels) expect(user).toContain(`### ${label}\n`)
    expect(user).toContain(dialects[name].ask)
  })
})

test('what looks like a placeholder in a text is not filled in', () => {
  const template = { user: '{query}|{response_1}|{response_2}', dialect: 'boxed' as const }
  const { messages } = promptOf(template)
  const texts = ['{response_1} $& $1', '{response_2}', '{query} {nonce}'] as const
  expect(messages({ query: texts[0], responses: [texts[1], texts[2]], seed: 0 })).toEqual([
    { role: 'user', content: texts.join('|') },
  ])
})

describe('readTemplate', () => {
  const file = async (text: string) => {
    const path = join(scratchFolder(), 'judge.txt')
    await writeFile(path, text)
    return path
  }
  const good = '{query}\n{response_1}\n{response_2}'

  test('reads messages and dialect, without the empty lines around them', async () => {
    const path = await file(
      `\ufeffdialect: arena\r\n\r\n=== system ===\r\nYou judge.\r\n\r\n=== user ===\r\n\r\n  a {query}\r\n{response_1} vs {response_2} \\boxed{x} {nonce}\r\n\r\n`,
    )
    expect(await readTemplate(path)).toEqual({
      dialect: 'arena',
      system: 'You judge.',
      user: '  a {query}\n{response_1} vs {response_2} \\boxed{x} {nonce}',
    })
    expect(await readTemplate(await file(`=== user ===\n${good}`))).toEqual({ dialect: 'boxed', user: good })
  })

  test.each([
    ['=== user ===\n{query}\n{response_1}', 1, '{response_2} is missing'],
    ['\n=== user ===\n{query}\n{response_1} {query}\n{response_2}', 4, '{query} stands here a second time'],
    [`=== user ===\n${good} {response_1}{response_1}`, 4, '{response_1} stands here a second time'],
    [`=== system ===\n\n{query}\n=== user ===\n${good}`, 3, '{query} stands in the system message'],
    [`=== user ===\n${good}\n=== user ===\n${good}`, 5, 'stands here a second time'],
    [`=== model ===\n${good}`, 1, '"model" is no part'],
    [`dialect: stars\n=== user ===\n${good}`, 1, '"stars" is no dialect'],
    [`dialect: constructor\n=== user ===\n${good}`, 1, 'is no dialect'],
    [`\nCompare them.\n=== user ===\n${good}`, 2, 'stands before the first message'],
    ['=== system ===\nhi', 2, 'has no user message'],
    ['', 1, 'has no user message'],
  ])('%j: line %i, %s', async (text, line, what) => {
    const path = await file(text)
    await expect(readTemplate(path)).rejects.toThrow(`${path}:${line}: `)
    await expect(readTemplate(path)).rejects.toThrow(what)
  })

  test('names of other prompts are told', async () => {
    const path = await file('=== user ===\n{question} {response_1} {answer2} {nonce} {a b} {answer2}')
    await expect(readTemplate(path)).rejects.toThrow(
      `${path}:1: {query} is missing\n  Put {query} where that text belongs; {question}, {answer2} mean nothing here.`,
    )
  })

  test('the one in docs/released-judges.md can be used as it stands', async () => {
    const docs = await readFile(new URL('../../docs/released-judges.md', import.meta.url), 'utf8')
    const [, text] = /^```\n(dialect: boxed\n.*?)^```$/ms.exec(docs) ?? []
    const template = await readTemplate(await file(text))
    expect(template).toMatchObject({ dialect: 'boxed', system: expect.stringContaining('{nonce}') })
    expect(selfTest(template).failures).toEqual([])
  })

  test('a file that is not there', async () => {
    await expect(readTemplate('no/such.txt')).rejects.toThrow('no/such.txt: no such file')
  })
})

test('a template made in code is held to the same rules', () => {
  expect(() => promptOf({ user: '{query} {response_1}', dialect: 'boxed' })).toThrow(
    '{response_2} is missing',
  )
})
