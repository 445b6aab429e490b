import { expect, it } from 'vitest'
import { startHub } from './support/hub.ts'

it('writes a message to every device of the user and says to how many', async () => {
  await using hub = await startHub()
  const phone = await hub.join('user-1001')
  const laptop = await hub.join('user-1001')
  const other = await hub.join('user-2002')

  const result = await hub.notify.send('push', {
    to: { user: 'user-1001' },
    type: 'order.shipped',
    title: 'Shipped',
    data: { order: 7 },
  })

  expect(result).toMatchObject({ status: 'sent', receipt: { connections: 2, channel: '#user…' } })
  const id = result.status === 'sent' ? result.receipt.providerId : ''
  const expected = {
    channel: '#user-1001',
    data: { id, type: 'order.shipped', title: 'Shipped', data: { order: 7 } },
  }
  expect(await phone.received(1)).toEqual([expected])
  expect(await laptop.received(1)).toEqual([expected])
  await other.settled()
  expect(other.publications).toEqual([])
})

it('never says sent when nobody is connected', async () => {
  await using hub = await startHub()
  await hub.join('somebody-else')

  const result = await hub.notify.send('push', { to: { user: 'user-1001' }, title: 'Anyone there?' })

  expect(result).toMatchObject({
    status: 'failed',
    error: { code: 'RECIPIENT_OFFLINE', delivery: 'not_sent', provider: { code: 'offline' } },
  })
})
