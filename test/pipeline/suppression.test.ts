/** Which messages a suppression store holds back: those of which every recipient is dead. */
import { describe, expect, it } from 'vitest'
import { createNotify, failover, memorySuppressions } from '../../src/index.ts'
import { NamingNotifier } from '../support/naming-notifier.ts'

async function sendTo(memory: NamingNotifier) {
  const suppression = memorySuppressions()
  await suppression.add({ channel: 'memory', address: 'dead', reason: 'invalid' })
  await suppression.add({ channel: 'memory', address: 'gone', reason: 'unsubscribed' })
  return createNotify({ channels: { memory }, suppression }).send('memory', { to: 'x' })
}

describe('a message for', () => {
  it.each<readonly [string, readonly string[], object]>([
    ['one that is dead is skipped', ['dead'], { status: 'skipped', reason: 'suppressed' }],
    ['several that are all dead is skipped', ['dead', 'gone'], { status: 'skipped', reason: 'suppressed' }],
    ['several of which the last is alive is sent', ['dead', 'gone', 'alive'], { status: 'sent' }],
    ['several of which the first is alive is sent', ['alive', 'dead'], { status: 'sent' }],
    ['nobody that can be named is sent', [], { status: 'sent' }],
  ])('%s', async (_, recipients, expected) => {
    expect(await sendTo(new NamingNotifier(...recipients))).toMatchObject(expected)
  })
})

it('a message is sent where one of several providers names nobody', async () => {
  const suppression = memorySuppressions()
  await suppression.add({ channel: 'memory', address: 'dead', reason: 'invalid' })
  const channels = { memory: failover(new NamingNotifier('dead'), new NamingNotifier()) }
  const notify = createNotify({ channels, suppression })

  expect(await notify.send('memory', { to: 'x' })).toMatchObject({ status: 'sent' })
})
