import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { trainTokenizer } from '../transformer/bpe.ts'
import { type Checkpoint, tensorShapes } from '../transformer/checkpoint.ts'
import type { TransformerConfig } from '../transformer/config.ts'
import { createDecoder, emptyCache, type Head } from '../transformer/decoder.ts'
import { causalMask } from '../transformer/mask.ts'
import { randomTensors, tinyConfig } from '../transformer/tiny.fixture.ts'
import { Tokenizer } from '../transformer/tokenizer.ts'
import { type RewardCheckpoint, readReward, rewardTensors, writeReward } from './checkpoint.ts'
import { crm } from './kinds/crm.ts'
import { iprm } from './kinds/iprm.ts'
import type { Tree } from './prefix-cache.ts'
import { createScoreQueue } from './score-queue.ts'
import { embeddedScorer, runningSum } from './scorer.ts'
import { scoreTree, scoringModel, strideOf, type ToScore } from './scoring.ts'
import { hazards } from './survival.ts'

const scratch = scratchFolder()

const words = ['one', 'two', 'three', 'one and two', 'Answer: 3']
const tokenizer = new Tokenizer(trainTokenizer(words, { vocabSize: 270 }))
const contextLength = 150

function checkpoint(
  architecture: TransformerConfig['architecture'],
  seed: number,
  { surprisal = false, ...more }: { layers?: number; heads?: number; surprisal?: boolean } = {},
): Checkpoint {
  const config = tinyConfig({ architecture, vocabSize: tokenizer.vocabSize, contextLength, ...more })
  const shapes = { ...Object.fromEntries(tensorShapes(config)), ...rewardTensors(config, surprisal) }
  return { config, tensors: randomTensors(Object.entries(shapes), seed), tokenizer }
}

const language = checkpoint('Qwen2ForCausalLM', 2, { layers: 1 })
const models: Record<string, RewardCheckpoint> = {
  'a head': { ...checkpoint('Qwen2ForTokenClassification', 1), kind: crm() },
  'a head that reads surprisal': {
    ...checkpoint('Qwen2ForTokenClassification', 1, { surprisal: true }),
    kind: crm(),
    beside: language,
  },
  'a log ratio': { ...checkpoint('Qwen2ForCausalLM', 1), kind: iprm(), beside: language },
}

/** Each solution in one pass of its own. */
async function fromScratch({ kind, beside, ...reward }: RewardCheckpoint, solutions: readonly ToScore[]) {
  const reader = async ({ config, tensors }: Checkpoint, head: Head) => {
    const decoder = await createDecoder(config, tensors, { threads: 1, head })
    return async (ids: number[], read: number[], more: { targets?: number[]; surprisal?: Float32Array }) => {
      const [time, positions] = [ids.length, ids.map((_, i) => i)]
      const cache = emptyCache(config, 1, 0)
      const input = { cache, rows: 1, time, tokens: ids, positions, mask: causalMask(time), read, ...more }
      return (await decoder.append(input)).output
    }
  }
  const rewardReader = await reader(reward, kind.readOut === 'head' ? 'score' : 'surprisal')
  const besideReader = beside && (await reader(beside, 'surprisal'))
  const results: number[][] = []
  for (const { problem, steps } of solutions) {
    const { ids, stepEnds } = tokenizer.encodeSolution(problem, steps, { ended: false })
    const prompt = tokenizer.encodePrompt(problem).length
    const before = ids.map((_, i) => i - 1).slice(prompt)
    const surprisals = async (read: Awaited<ReturnType<typeof reader>>) => {
      const all = new Float32Array(ids.length)
      all.set(await read(ids, before, { targets: ids.slice(prompt) }), prompt)
      return all
    }
    const surprisal = besideReader && (await surprisals(besideReader))
    if (kind.readOut === 'head') results.push(Array.from(await rewardReader(ids, stepEnds, { surprisal })))
    else {
      const learned = await surprisals(rewardReader)
      const upTo = (end: number) =>
        ids.slice(0, end + 1).reduce((sum, _, i) => sum + surprisal![i] - learned[i], 0)
      results.push(stepEnds.map(upTo))
    }
  }
  return results
}

/** Calls on random trees of steps: growing prefixes, forks, repetitions, several problems, any order. */
function randomCalls(seed: number, count: number): ToScore[][] {
  const draw = random('calls', seed)
  const known: ToScore[] = ['Add.', 'one + two?', ''].map((problem) => ({ problem, steps: [] }))
  return Array.from({ length: count }, () =>
    Array.from({ length: draw.int(1, 10) }, () => {
      const { problem, steps } = draw.pick(known)
      const more = Array.from({ length: draw.int(steps.length > 0 ? 0 : 1, 2) }, () =>
        draw.pick([...words, '']),
      )
      const solution = { problem, steps: [...steps.slice(0, 4), ...more] }
      known.push(solution)
      return solution
    }),
  )
}

const lengthOf = ({ problem, steps }: ToScore) => tokenizer.encodePrompt(problem, steps).length

/** Tokens of the distinct prefixes of solutions. */
function treeTokens(solutions: readonly ToScore[]): number {
  const sizes = new Map<string, number>()
  for (const { problem, steps } of solutions) {
    sizes.set(problem, tokenizer.encodePrompt(problem).length)
    for (const [t, step] of steps.entries())
      sizes.set(JSON.stringify([problem, ...steps.slice(0, t + 1)]), tokenizer.encodeText(step).length + 1)
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

function expectClose(given: number[][], expected: number[][]): void {
  expect(given.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
  for (const [i, row] of expected.entries())
    for (const [t, value] of row.entries())
      expect(Math.abs(given[i][t] - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)))
}

describe.each(Object.keys(models))('a reward read by %s', (name) => {
  /** Without threads. */
  const scorerOf = async (slots: number) => {
    const stride = strideOf(models[name])
    const states = { data: new Float32Array(slots * stride), stride }
    const model = await scoringModel(models[name], states)
    const { readOuts, usage } = createScoreQueue({
      run: (run) => scoreTree(model, run),
      encode: {
        problem: (text) => tokenizer.encodePrompt(text),
        step: (text) => [...tokenizer.encodeText(text), tokenizer.specials.step],
      },
      contextLength,
      slots,
      ahead: 3,
    })
    const tree: Tree = new Map()
    const score = async (solutions: ToScore[]) => {
      const read = await readOuts(solutions, tree)
      return name === 'a log ratio' ? read.map(runningSum) : read
    }
    return { score, usage }
  }

  it.each([1, 2, 3])('is what scoring from scratch gives, in any order of calls (%i)', async (seed) => {
    const calls = randomCalls(seed, 30)
    const expected = await fromScratch(models[name], calls.flat())
    for (const slots of [10_000, contextLength]) {
      const { score, usage } = await scorerOf(slots)
      const given: number[][] = []
      for (const call of calls.slice(0, 20)) given.push(...(await score(call)))
      given.push(...(await Promise.all(calls.slice(20).map(score))).flat())
      expectClose(given, expected)
      const { tokens, reused } = usage()
      expect(tokens + reused).toBe(calls.flat().reduce((sum, each) => sum + lengthOf(each), 0))
      const least = treeTokens(calls.flat())
      if (slots > contextLength) expect(tokens).toBe(least)
      else expect(tokens).toBeGreaterThan(least)
    }
  })
})

it('what is no solution is refused, and takes no other call with it', async () => {
  const directory = join(scratch, 'strict')
  writeReward(directory, models['a head'])
  await using scorer = embeddedScorer(directory, { threads: 1 })
  const good = [{ problem: 'one', steps: ['two'] }]
  const expected = await scorer.score(good)
  for (const bad of [
    { problem: 'one', steps: [null] },
    { problem: 1, steps: ['two'] },
    { steps: ['two'] },
    null,
  ])
    await expect(scorer.score([bad as unknown as ToScore])).rejects.toThrow(InputError)
  expect(await scorer.score(good)).toEqual(expected)
})

it('threads share what they have computed, and go on after a text that is too long', async () => {
  const directory = join(scratch, 'reward')
  writeReward(directory, models['a head that reads surprisal'])
  const scorer = embeddedScorer(directory, { threads: 2 })
  const calls = randomCalls(4, 20)
  const given = (await Promise.all(calls.map((solutions) => scorer.logits(solutions)))).flat()
  expectClose(given, await fromScratch(readReward(directory), calls.flat())) // float16, as the file holds
  expect(scorer.usage().tokens).toBe(treeTokens(calls.flat()))
  const [solution] = calls[0]
  const long = { ...solution, steps: [...solution.steps, 'x'.repeat(200)] }
  await expect(scorer.logits([solution, long])).rejects.toThrow(InputError)
  await expect(scorer.logits([long])).rejects.toThrow(/\d+ tokens do not fit the model's context of 150/)
  expect(await scorer.logits([solution])).toEqual([given[0]])
  expect(await scorer.score([solution])).toEqual([hazards(given[0])])
  expect(scorer.usage().tokens).toBe(treeTokens(calls.flat()))
  await scorer.close()
})

it('the bits of a session depend on what it was asked of the same problem alone, and not on threads', async () => {
  const directory = join(scratch, 'log ratio')
  writeReward(directory, models['a log ratio'])
  const calls = randomCalls(7, 6)
  const others = calls.map((call) => call.map((each) => ({ ...each, problem: 'other' })))
  const scorers = [1, 2].map((threads) => embeddedScorer(directory, { threads }))
  await scorers[0].logits(calls.flat())
  const [one, two] = scorers.map((scorer) => scorer.session())
  for (const [i, call] of calls.entries()) {
    const [alone, [beside]] = await Promise.all([
      one.logits(call),
      Promise.all([two.logits(call), two.logits(others[i])]),
    ])
    expect(beside).toEqual(alone)
  }
  expect(scorers[0].usage().tokens).toBe(2 * treeTokens(calls.flat()))
  expect(scorers[1].usage().tokens).toBe(treeTokens([...calls, ...others].flat()))
  for (const scorer of scorers) await scorer.close()
})

it('what fits is what can be scored, also where Unicode makes a text longer', async () => {
  const directory = join(scratch, 'fits')
  writeReward(directory, models['a head'])
  await using scorer = embeddedScorer(directory, { threads: 1 })
  // composed, one has three times the bytes, and the other fewer
  const texts = ['\u{1D160}', 'e\u0301', 'one', 'x']
  for (const text of texts)
    for (const count of [1, 10, 12, 13, 30, 36, 37, 40, 48, 49, 70, 73, 74, 140, 146, 147, 148, 149, 200])
      for (const solution of [
        { problem: '', steps: [text.repeat(count)] },
        { problem: text.repeat(count), steps: ['', ''] },
      ])
        expect(scorer.fits(solution), `${count} times ${text}`).toBe(lengthOf(solution) <= contextLength)
  const long = { problem: '', steps: ['\u{1D160}'.repeat(20)] }
  await expect(scorer.logits([long])).rejects.toThrow(/do not fit/)
})

it('weights that are no numbers are bad input, not a crash of a thread', async () => {
  const directory = join(scratch, 'no numbers')
  writeReward(directory, models['a head'])
  const file = join(directory, 'model.safetensors')
  const bytes = readFileSync(file)
  bytes.fill(0xff, bytes.length - 16)
  writeFileSync(file, bytes)
  const scorer = embeddedScorer(directory, { threads: 2 })
  const asked = scorer.logits([{ problem: 'Add.', steps: ['one'] }])
  await expect(asked).rejects.toThrow(InputError)
  await expect(asked).rejects.toThrow(/holds NaN/)
  await scorer.close()
})
