import { byProblem } from '../../data/samples.ts'
import { sameAnswer } from '../../reasoning/answer.ts'
import { type Random, random } from '../../reasoning/random.ts'
import { full } from '../../reward/reproduce/recipe.ts'
import { problemAt } from '../../tasks/index.ts'
import type { LanguageExample } from '../../transformer/batches.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import { encodeAlone, encodeLines, encodeShown, verdictLine } from './layout.ts'
import type { LabelledSample } from './pairs.ts'
import { aimlessThinking, checks, compareLine, restated } from './thinking.ts'

/** What a text of the base teaches. */
export type Skill = 'solve' | 'restate' | 'check' | 'compare' | 'judgment'

/** One text to learn from: the model reads `prompt` and learns `lines`. */
export type SkillText = { problem: string; lines: string[] } & (
  | { skill: 'solve' }
  | { skill: 'restate'; responses: [LabelledSample, LabelledSample] }
  | { skill: 'check'; response: LabelledSample }
  | { skill: 'compare'; responses: [LabelledSample, LabelledSample]; own: string[] }
  | { skill: 'judgment'; responses: [LabelledSample, LabelledSample]; verdict: 0 | 1 }
)

/**
 * Texts that the base of a judge learns from, the same for the same seed and index: it solves problems, checks solutions step by step,
 * says them again, compares their answers with another, any of which may be right or wrong, and learns what a judgment looks like. The
 * responses of a judgment are both right or both wrong, so that no verdict could be right, and the verdict is drawn by lot: nothing here
 * tells which response is better, or what to think to find out.
 */
export function skillTexts(samples: readonly LabelledSample[], seed: number): (index: number) => SkillText {
  const single = samples.filter(({ steps }) => steps.length > 0)
  // what is hard to solve is practised more, as it was before
  const ofTasks = full.curriculum
    .map((task) => single.filter(({ id }) => id.startsWith(`${task}/`)))
    .filter((some) => some.length > 0)
  const groups = byProblem(single)
  const differing = groups.flatMap(([first, ...others]) => {
    const other = others.find(({ answer }) => !sameAnswer(answer ?? null, first.answer ?? null))
    return other === undefined ? [] : [[first, other]]
  })
  const alike = groups
    .flatMap((group) => [true, false].map((is) => group.filter(({ correct }) => correct === is)))
    .filter((group) => group.length >= 2)
  return (index) => {
    const stream = random('skills', seed, index)
    const kind = stream.next()
    if (kind < 0.5) {
      const { id, problem } = stream.pick(stream.pick(ofTasks))
      return { skill: 'solve', problem, lines: solution(id, stream) }
    }
    if (kind < 0.57) {
      // solutions of other problems cannot be guessed from this one, only read
      const { problem } = stream.pick(single)
      const responses: [LabelledSample, LabelledSample] = [stream.pick(single), stream.pick(single)]
      const one = stream.int(0, 1)
      return { skill: 'restate', problem, responses, lines: restated(one, responses[one]) }
    }
    if (kind < 0.66) {
      // wrong ones are fewer, and have more to teach
      const wanted = stream.next() < 0.5
      let response = stream.pick(single)
      for (let tries = 0; response.correct === wanted && tries < 20; tries++) response = stream.pick(single)
      return { skill: 'check', problem: response.problem, response, lines: checks(0, response) }
    }
    if (kind < 0.78) {
      // that two answers are the same is seen in judgments often enough
      const [first, second] = stream.shuffle(stream.pick(differing))
      const solved = solution(first.id, stream)
      // whichever answer it comes to, so that only reading tells
      const own = [...solved.slice(0, -1), ...stream.pick([solved, first.steps, second.steps]).slice(-1)]
      const lines = [compareLine(own, [first.steps, second.steps])]
      return { skill: 'compare', problem: first.problem, responses: [first, second], own, lines }
    }
    const [first, second] = stream.shuffle(stream.pick(alike))
    const verdict = stream.int(0, 1) as 0 | 1
    const thoughts = aimlessThinking([first, second], () => solution(first.id, stream), stream)
    const lines = [...thoughts, verdictLine(verdict)]
    return { skill: 'judgment', problem: first.problem, responses: [first, second], verdict, lines }
  }
}

function solution(id: string, stream: Random): string[] {
  const { task, problem } = problemAt(id)
  return task.solve(problem, stream)
}

/** Tokens of a text, learned from where its prompt ends. Nothing says that thinking ends with a comparison. */
export function skillExample(tokenizer: Tokenizer, text: SkillText): LanguageExample {
  const prompt = promptOf(tokenizer, text)
  const ids = [...prompt, ...encodeLines(tokenizer, text.lines)]
  if (text.skill !== 'compare') ids.push(tokenizer.specials.end)
  return { ids, from: prompt.length }
}

function promptOf(tokenizer: Tokenizer, text: SkillText): number[] {
  const { problem } = text
  if (text.skill === 'solve') return tokenizer.encodePrompt(problem)
  if (text.skill === 'check') return encodeAlone(tokenizer, problem, text.response.steps)
  const [first, second] = text.responses
  const shown = encodeShown(tokenizer, { problem, responses: [first.steps, second.steps] })
  return text.skill === 'compare' ? [...shown, ...encodeLines(tokenizer, text.own)] : shown
}
