/** A hook of the caller's that fails: the one connection that it was about may end, nothing else does, and `onError` is told. */
import { describe, expect, it } from 'vitest'
import type { FakeDevice } from '../../../../src/channels/websocket/fake.ts'
import type { WebSocketConfigInput } from '../../../../src/channels/websocket/index.ts'
import { connectFakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { startHub } from '../support/hub.ts'

type Hub = Awaited<ReturnType<typeof startHub>>
type Hook = Exclude<
  {
    [Name in keyof WebSocketConfigInput]-?: NonNullable<WebSocketConfigInput[Name]> extends (
      ...input: never[]
    ) => unknown
      ? Name
      : never
  }[keyof WebSocketConfigInput],
  'onError'
>

/** What makes the hub call it, by a user for whom it fails. */
const provocations: Record<Hook, (hub: Hub) => Promise<FakeDevice>> = {
  authenticate: (hub) => connectFakeDevice(hub.url, { token: 'unlucky' }),
  isRevoked: (hub) => hub.join('unlucky'),
  onConnect: (hub) => hub.join('unlucky'),
  authorizeChannel: async (hub) => provoke(await hub.join('unlucky'), 'subscribe', { channel: 'news' }),
  onRpc: async (hub) => provoke(await hub.join('unlucky'), 'rpc', { method: 'ask', data: 1 }),
  onAcknowledged: async (hub) => {
    const device = await hub.join('unlucky')
    return provoke(device, 'rpc', { method: 'ack', data: [await positionOf(hub, device)] })
  },
  onEngagement: async (hub) => {
    const device = await hub.join('unlucky')
    return provoke(device, 'rpc', { method: 'seen', data: [[...(await positionOf(hub, device)), 'id-1']] })
  },
  onDisconnect: async (hub) => {
    const device = await hub.join('unlucky')
    await device.close()
    return device
  },
}

/** Of a message that the device has received. */
async function positionOf(hub: Hub, device: FakeDevice) {
  const result = await hub.notify.send('push', { to: { user: 'unlucky' }, title: 'Hi' })
  await device.received(1)
  if (result.status !== 'sent') throw new Error('not sent')
  return ['#unlucky', result.receipt.offset, result.receipt.epoch]
}

async function provoke(device: FakeDevice, method: string, params: object): Promise<FakeDevice> {
  await device.command(method, params)
  return device
}

const failure = new Error('database down')
const fails = {
  throws: () => {
    throw failure
  },
  rejects: () => Promise.reject(failure),
}

const about = (input: unknown) => JSON.stringify(input).includes('unlucky')

/** Fails for the unlucky user, and lets everybody else. */
function failing(hook: Hook, how: keyof typeof fails): Partial<WebSocketConfigInput> {
  const otherwise =
    hook === 'authenticate' ? (input: { token: string }) => ({ user: input.token }) : () => false
  return { [hook]: (input: never) => (about(input) ? fails[how]() : otherwise(input)) }
}

/** Of these the client has to know: it is not let in, or not answered. */
const ending: readonly Hook[] = ['authenticate', 'isRevoked', 'onConnect', 'authorizeChannel', 'onRpc']
const cases = (Object.keys(provocations) as Hook[]).flatMap((hook) =>
  (Object.keys(fails) as (keyof typeof fails)[]).map((how) => [hook, how] as const),
)

describe.each([['is told'], ['fails, too']])('where onError %s', (onErrorDoes) => {
  it.each(cases)('a hook %s that %s ends no other connection', async (hook, how) => {
    const errors: unknown[] = []
    await using hub = await startHub({
      ...failing(hook, how),
      onError: (error): void => {
        errors.push(error)
        if (onErrorDoes === 'fails, too') return fails[how]() as never
      },
    })
    const lucky = await (hook === 'authenticate'
      ? hub.audience.join(hub.url, { token: 'lucky' })
      : hub.join('lucky'))

    const code = await provocations[hook](hub).then(
      async (device) => (ending.includes(hook) ? (await device.closed).code : undefined),
      ({ code: refused }: { code: number }) => refused,
    )

    expect(code).toBe(ending.includes(hook) ? 3004 : undefined)
    await expect.poll(() => errors).toEqual([failure])
    await lucky.settled()
    await hub.notify.send('push', { to: { user: 'lucky' }, title: 'Still here' })
    expect(await lucky.received(1)).toHaveLength(1)
    expect(hub.driver.connectionsOf('lucky')).toBe(1)
  })
})

it.each(['onAcknowledged', 'onEngagement'] as const)(
  'a device stays connected when %s fails on it',
  async (hook) => {
    await using hub = await startHub(failing(hook, 'throws'))

    const device = await provocations[hook](hub)

    await device.settled()
    expect(hub.driver.connectionsOf('unlucky')).toBe(1)
    await device.close()
  },
)
