import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import type { ReadPair } from '../evaluate/judge-bench/reading.ts'
import { judgePlots, writeJudgeBench } from './judge.ts'
import { judgmentsToRead } from './judge-reading.ts'
import { resultsOf } from './page/results.fixture.ts'

const folder = scratchFolder()

type Report = Parameters<typeof writeJudgeBench>[1]
const report = (text?: string) => resultsOf(text).judge as Report

test('plots what there is: no learning curve where the runs are gone, no adaptive votes where there were too few', () => {
  const names = judgePlots(report()).map(({ name }) => name)
  expect(names).toEqual(['learning', 'learning-length', 'thinking', 'budget', 'votes-test', 'best-of-test'])
  const [{ fixed }] = report().votes
  const less = {
    ...report(),
    learning: null,
    swapped: [],
    votes: [{ split: 'test', fixed: fixed.slice(0, 1), adaptive: [] }],
  }
  expect(judgePlots(less).map(({ name }) => name)).toEqual(names.slice(2))
})

test('writes results, plots and judgments to read', async () => {
  const files = await writeJudgeBench(folder, report())
  expect(readdirSync(folder).sort()).toEqual(files.map((file) => file.slice(folder.length + 1)).sort())
  expect(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))).toEqual(report())
  for (const file of files.filter((name) => name.endsWith('.svg')))
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
})

test('what models say in the text to read cannot become markup, a heading or a terminal command', () => {
  const nasty = '# h <script>alert(1)</script> ``` \u001b[31m\u202e[x](http://a)\n\n# out\n\r| a'
  const said = { winner: null, nonVerdict: 'unparseable', reasoning: nasty, tokens: 3 } as const
  const pair: ReadPair = {
    ...{ id: '`a`\n# id', task: 'arithmetic', split: 'test', level: 3, problem: nasty },
    ...{ responses: [[nasty], [nasty, '']], right: 0, before: said, after: said },
  }
  const text = judgmentsToRead([pair])
  for (const line of text.split('\n')) {
    const isOurs =
      /^(# Judgments, before|## 1\. `'a' # id`, level 3$|1 pairs, drawn|Response [12] [✓✗]$|(Before|After): no verdict|$)/
    if (!isOurs.test(line)) expect(line).toMatch(/^ {4}/)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
})
