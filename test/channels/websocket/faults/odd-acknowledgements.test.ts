/** Acknowledgements that are lost, repeated, late, out of order, or invented. */
import { expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'

const USER = '1001'
const CHANNEL = `#${USER}`

async function startTold(count: number) {
  const acknowledged: number[] = []
  const hub = await startHub({ onAcknowledged: ({ offset }) => void acknowledged.push(offset) })
  const join = (device = 'web') =>
    hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }), device })
  const device = await join()
  for (let i = 1; i <= count; i++) await hub.notify.send('push', { to: { user: USER }, data: i })
  await device.received(count)
  const { epoch } = device.positions[CHANNEL] ?? { epoch: '' }
  const ack = (...reached: readonly unknown[]) => device.command('rpc', { method: 'ack', data: reached })
  /** What a device that comes without a position is sent: all that is not acknowledged. */
  const left = async () => {
    await device.close()
    const { publications } = await join()
    return publications.map(({ data }) => data.data)
  }
  return { acknowledged, epoch, ack, left, device, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() }
}

it('one that is lost makes the message come again', async () => {
  await using told = await startTold(2)

  expect(await told.left()).toEqual([1, 2])
})

it('one that comes twice, or after a later one, changes nothing', async () => {
  await using told = await startTold(3)

  await told.ack([CHANNEL, 2, told.epoch])
  await told.ack([CHANNEL, 2, told.epoch])
  await told.ack([CHANNEL, 1, told.epoch])

  expect(await told.left()).toEqual([3])
})

it('many in one command cost and count as one for each channel', async () => {
  await using told = await startTold(3)

  await told.ack(...Array.from({ length: 200 }, (_, i) => [CHANNEL, (i % 3) + 1, told.epoch]))

  expect(told.acknowledged).toEqual([3])
  expect(await told.left()).toEqual([])
})

it('one from another life of the channel is ignored', async () => {
  await using told = await startTold(2)

  await told.ack([CHANNEL, 2, 'another'])

  expect(told.acknowledged).toEqual([])
  expect(await told.left()).toEqual([1, 2])
})

it('one of a message that there is not yet counts for those there are', async () => {
  await using told = await startTold(2)

  await told.ack([CHANNEL, 99, told.epoch])

  expect(told.acknowledged).toEqual([2])
  expect(await told.left()).toEqual([])
})

it('one of a channel that the client is not in is ignored', async () => {
  await using told = await startTold(1)

  await told.ack(['#2002', 1, told.epoch], ['orders', 1, told.epoch])

  expect(told.acknowledged).toEqual([])
})

it.each([
  ['no list', {}],
  ['no channel', [[1, 1, 'e']]],
  ['no offset', [[CHANNEL]]],
  ['a negative offset', [[CHANNEL, -1, 'e']]],
  ['a fraction', [[CHANNEL, 1.5, 'e']]],
  ['a number beyond all', [[CHANNEL, 2 ** 60, 'e']]],
  ['an epoch that is none', [[CHANNEL, 1, { toString: 'x' }]]],
  ['too many', Array.from({ length: 300 }, () => [CHANNEL, 1, 'e'])],
])('one with %s is refused as a bad request, and the connection stays', async (_what, data) => {
  await using told = await startTold(1)

  await expect(told.device.command('rpc', { method: 'ack', data })).rejects.toMatchObject({ code: 107 })

  expect(told.device.isOpen).toBe(true)
})
