import { tasks } from '../../tasks/index.ts'
import { sizeOf } from '../../tensor/trainer.ts'
import { trainTokenizer } from '../../transformer/bpe.ts'
import { readCheckpoint, tensorShapes, writeCheckpoint } from '../../transformer/checkpoint.ts'
import { Tokenizer } from '../../transformer/tokenizer.ts'
import { verdictCue } from './layout.ts'

/**
 * Writes a judge that thinks in lines of one word and then says `Better: 1` or `Better: 2`, whatever it is shown. Its next token
 * depends on the last one alone, as that of the tiny policy whose architecture it has; `forFirst` is added to the log-odds of the first.
 */
export function writeTinyJudge(directory: string, policy: string, { forFirst = 0 } = {}): void {
  const thought = 'Check'
  const texts = tasks.map((task) => task.problem('train', 0).problem)
  const words = Array.from({ length: 200 }, () => `${verdictCue} 1 ${thought}`)
  const tokenizer = new Tokenizer(trainTokenizer([...texts, ...words], { vocabSize: 320 }))
  const width = tokenizer.vocabSize
  const config = { ...readCheckpoint(policy).config, vocabSize: width, hiddenSize: width }
  const tensors = new Map(
    [...tensorShapes(config)].map(([name, shape]) => {
      const data = new Float32Array(sizeOf(shape)).fill(name.includes('norm') ? 1 : 0)
      return [name, { shape, data }]
    }),
  )
  const embedding = tensors.get('model.embed_tokens.weight')!.data
  const head = tensors.get('lm_head.weight')!.data
  for (let token = 0; token < width; token++) embedding[token * width + token] = 1
  const follow = (from: number, to: number, logOdds = 20) => {
    head[to * width + from] = logOdds / Math.sqrt(width)
  }
  const { solution, step, end } = tokenizer.specials
  const [check] = tokenizer.encodeText(thought)
  const [first, second] = [1, 2].map((place) => tokenizer.encodeText(`${verdictCue} ${place}`))
  for (const before of [solution, step]) {
    follow(before, check)
    follow(before, first[0])
  }
  follow(check, step)
  for (const [line, odds] of [
    [second, 20],
    [first, 20 + forFirst],
  ] as const) {
    for (const [i, id] of line.entries())
      if (i > 0) follow(line[i - 1], id, i === line.length - 1 ? odds : 20)
    follow(line[line.length - 1], end)
  }
  writeCheckpoint(directory, { config, tokenizer, tensors })
}
