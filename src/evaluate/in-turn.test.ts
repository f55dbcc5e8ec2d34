import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inTurn } from './in-turn.ts'

/** Pieces by name; `after` is one that must have ended before. */
function scene(pieces: { name: string; after?: string; takes?: number; fails?: boolean }[]) {
  const log: string[] = []
  const ended = new Set<string>()
  let most = 0
  let now = 0
  return {
    log,
    most: () => most,
    pieces: pieces.map(({ name, after, takes = 1, fails }) => ({
      ready: () => after === undefined || ended.has(after),
      async work() {
        log.push(name)
        most = Math.max(most, ++now)
        await sleep(takes)
        now--
        if (fails) throw new Error(`${name} failed`)
        ended.add(name)
      },
    })),
  }
}

it('the first that is ready goes first, and a lane does not stand still for one that waits', async () => {
  const { pieces, log, most } = scene([
    { name: 'tune', takes: 20 },
    { name: 'run', after: 'tune' },
    { name: 'other', takes: 2 },
    { name: 'third', takes: 40 },
  ])
  await inTurn(pieces, 2)
  expect(log).toEqual(['tune', 'other', 'third', 'run'])
  expect(most()).toBe(2)
})

it('when one fails no other is begun, and those under way end first', async () => {
  const { pieces, log } = scene([{ name: 'long', takes: 30 }, { name: 'bad', fails: true }, { name: 'next' }])
  let ended = false
  const [long] = pieces
  const work = async () => {
    await long.work()
    ended = true
  }
  const whole = [{ ...long, work }, ...pieces.slice(1)]
  await expect(inTurn(whole, 2)).rejects.toThrow('bad failed')
  expect(ended).toBe(true)
  expect(log).toEqual(['long', 'bad'])
})

it('work that waits for ever is an error', async () => {
  const { pieces } = scene([{ name: 'run', after: 'tune' }])
  await expect(inTurn(pieces, 1)).rejects.toThrow('waits for what never comes')
})
