import { join } from 'node:path'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { remembering, replaying } from '../endpoint/cache.ts'
import { chatModel } from '../endpoint/chat.ts'
import { type Mood, moods } from '../endpoint/moods.fixture.ts'
import { openReplies, readReplies } from '../endpoint/reply-store.ts'
import type { ChatModel, PairJudge } from '../reasoning/types.ts'
import { allVotes } from './all-votes.ts'
import { bothOrders } from './both-orders.ts'
import { judgeConformance, type MakeActor, pairJudgeConformance, served } from './conformance.fixture.ts'
import { chatJudge } from './judge.ts'
import { simulatedJudge } from './simulated.ts'
import { adaptive, voted } from './votes.ts'

const folder = scratchFolder()

const judges: Record<string, (model: ChatModel) => PairJudge> = {
  'a chat judge': (model) => chatJudge(model),
  'a chat judge with a thinking budget': (model) =>
    chatJudge(model, { budget: { thinking: 1000, verdict: 20 } }),
  'three votes': (model) => voted(chatJudge(model), { votes: 3 }),
  'votes until it is settled': (model) => voted(chatJudge(model), adaptive({ most: 7 })),
}

/** As servers do that look for reasoning (`--reasoning-parser`): what is cut while it reasons has no content. */
const reasoningApart: Mood = {
  name: 'a server that gives reasoning in a field of its own',
  script: (say) => (body, index) => {
    const said = say(body, index)
    if (!('say' in said) || typeof said.say !== 'string') return said
    const [, reasoning, text] = /^<think>\n(.*)\n<\/think>\n(.*)$/s.exec(said.say) ?? []
    if (reasoning === undefined) return said
    return { ...said, reasoning, say: said.finish === 'length' ? null : text }
  },
}

for (const [name, makeJudge] of Object.entries(judges)) {
  judgeConformance(name, makeJudge)

  const directory = join(folder, name)
  const recorded: MakeActor = async (onSilence) => {
    const store = await openReplies(directory)
    const actor = await served((url) => remembering(chatModel({ urls: [url], model: 'judge' }), store))(
      onSilence,
    )
    return {
      model: actor.model,
      async close() {
        await actor.close?.()
        await store.close()
      },
    }
  }
  judgeConformance(`${name}, recorded`, makeJudge, { makeActor: recorded })

  const replay: MakeActor = async () => ({ model: replaying('judge', await readReplies(directory)) })
  judgeConformance(`${name}, the replay of that`, makeJudge, { makeActor: replay, waits: false })
}

for (const { name, script, options } of [...moods, reasoningApart])
  for (const judge of ['a chat judge', 'votes until it is settled']) {
    const connect = (url: string) => chatModel({ urls: [url], model: 'judge', ...options })
    judgeConformance(`${judge}, ${name}`, judges[judge], { makeActor: served(connect, script) })
  }

const simulated = simulatedJudge({
  quality: (response) => Number(response.includes('good')),
  accuracy: 0.8,
  spread: 1,
  truncated: 0.2,
  seed: 1,
})
pairJudgeConformance('a simulated judge', async () => ({ judge: simulated }))
pairJudgeConformance('both orders', async () => ({ judge: bothOrders(simulated) }))
pairJudgeConformance('votes', async () => ({ judge: voted(simulated, { votes: 3 }) }))
pairJudgeConformance('votes that all count', async () => ({
  judge: allVotes(voted(simulated, { votes: 3 })),
}))
