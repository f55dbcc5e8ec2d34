import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { fixtures, labelledSolutions } from '../reward/training/tuning.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
for (const [name, count] of [
  ['train', 60],
  ['val', 20],
] as const) {
  const rows = labelledSolutions(count, name).map(({ firstError, ...row }, i) => ({
    id: `${name} ${i}`,
    ...row,
    first_error: firstError,
  }))
  writeFileSync(join(folder, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
const train = (...more: string[]) =>
  assay(
    `train crm --train train.jsonl --validation val.jsonl --epochs 1 --batch-tokens 512 --threads 1`
      .split(' ')
      .concat(more),
  )

test("a head on somebody else's model: trained, served by the command that is printed, scored", async () => {
  const backbone = join(fixtures, 'llama3-untied-bf16')
  const { out, err, code } = await train('--backbone', backbone, '--tune', 'head', '--out', 'mine')
  expect({ err, code }).toEqual({ err: '', code: 0 })
  const [id] = JSON.parse(readFileSync(join(backbone, 'reference.json'), 'utf8')).chat.ids.slice(-1)
  const pooler = `{"task":"token_classify","pooling_type":"STEP","step_tag_id":${id}}`
  expect(out).toContain(`\nServe it:\nvllm serve mine --runner pooling --pooler-config '${pooler}'\n`)

  const scored = await assay(['score', 'val.jsonl', '--reward', 'mine', '--threads', '1'])
  expect(scored.out.trim().split('\n')).toHaveLength(20)
}, 60_000)

test('what does not go together says so', async () => {
  const forged = await train(
    '--backbone',
    join(fixtures, 'llama3-untied-bf16'),
    '--separator',
    '\\n\\n',
    '--out',
    'no',
  )
  expect(forged).toMatchObject({ code: 2, out: '' })
  expect(forged.err).toMatch(/the separator of steps "\\n\\n" is part of the chat template/)
  const ours = await train('--separator', '<extra_0>', '--out', 'no')
  expect(ours.err).toMatch(/--separator: this backbone has a token of ours/)
  const unknown = await train('--tune', 'some', '--out', 'no')
  expect(unknown.err).toMatch(/Must be all, lora or head/)
}, 60_000)

test('other labels of the same texts are not taken for the run that is there', async () => {
  const backbone = join(fixtures, 'llama3-untied-bf16')
  const args = ['--backbone', backbone, '--tune', 'head', '--out', 'again']
  const first = await train(...args, '--json')
  expect(first.code).toBe(0)
  const again = await train(...args, '--json')
  expect(JSON.parse(again.out).step).toBe(JSON.parse(first.out).step)

  const rows = readFileSync(join(folder, 'train.jsonl'), 'utf8').trim().split('\n')
  const relabelled = rows.map((line) => JSON.stringify({ ...JSON.parse(line), correct: true }))
  writeFileSync(join(folder, 'relabelled.jsonl'), `${relabelled.join('\n')}\n`)
  const other = await train(...args, '--train', 'relabelled.jsonl')
  expect([other.code, other.err]).toEqual([2, expect.stringContaining('other settings (train)')])
}, 60_000)
