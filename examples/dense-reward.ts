// For RL engineers: rewards for the tokens of a rollout. A CRM's step rewards, log(1 - hazard), stand at the last token of their step and
// add up to log P(correct); what cannot be scored is masked, never rewarded with a number.
//   npx tsx examples/dense-reward.ts
import { embeddedScorer, InputError, score } from 'assay'
import { stepsInText } from 'assay/serve'

await using scorer = embeddedScorer()

const problem = 'What is 4 - (1 + (3 - 3))?'
const rollouts = [
  '3 - 3 = 0, so 4 - (1 + 0)\n1 + 0 = 1, so 4 - 1\n4 - 1 = 3\nAnswer: 3',
  '4 - 3 = 1, so 4 - (1 + 1)\n1 + 1 = 2, so 4 - 2\n4 - 2 = 2\nAnswer: 2',
  '', // a policy early in training
]

/** Your tokenizer and its offset mapping stand here. Places are in Unicode code points, as Python's tokenizers have them. */
function tokensOf(text: string): { token: string; from: number }[] {
  let from = 0
  return Array.from(text.matchAll(/\w+|\s+|[^\w\s]/gu), ([token]) => {
    const start = from
    from += Array.from(token).length
    return { token, from: start }
  })
}

/** One reward a token; null: leave this rollout out of the update. */
async function rewarded(text: string) {
  const steps = stepsInText(text)
  const solution = { problem, steps: steps.map(({ text }) => text) }
  try {
    const { rewards = [], p_correct } = await score(solution, { scorer })
    const tokens = tokensOf(text).map((token) => ({ ...token, reward: 0 }))
    for (const [t, { end }] of steps.entries())
      tokens.findLast(({ from }) => from < end)!.reward += rewards[t]
    return { tokens, p_correct }
  } catch (error) {
    if (error instanceof InputError) return null // no steps, or too long for the reward model
    throw error
  }
}

for (const text of rollouts) {
  const rollout = await rewarded(text)
  if (rollout === null) {
    console.log('masked')
    continue
  }
  const { tokens, p_correct } = rollout
  for (const { token, from, reward } of tokens)
    if (reward !== 0) console.log(`at ${from}: ${JSON.stringify(token)} ${reward.toFixed(4)}`)
  const sum = tokens.reduce((total, { reward }) => total + reward, 0)
  console.log(`sum ${sum.toFixed(4)}: P(correct) ${p_correct.toFixed(3)}\n`)
}
