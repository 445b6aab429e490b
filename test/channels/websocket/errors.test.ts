import { describe, expect, it } from 'vitest'
import { createNotify, type SendResult } from '../../../src/index.ts'
import { ERRORS } from '../../../src/channels/websocket/errors.ts'
import { websocket } from '../../../src/channels/websocket/index.ts'
import { findSecrets } from '../../../src/testing/index.ts'
import { KEY, startHub } from './support/hub.ts'

const USER = 'user-1001-sensitive'
const TITLE = 'Your one-time code is 493817'
const to = { user: USER }

const CASES: Record<keyof typeof ERRORS, () => Promise<SendResult>> = {
  offline: async () => {
    await using hub = await startHub()
    await hub.join('somebody-else')
    return await hub.notify.send('push', { to, title: TITLE, store: false })
  },
  too_large: async () => {
    await using hub = await startHub({ maxOutboundBytes: 300 })
    await hub.join(USER)
    return await hub.notify.send('push', { to, title: TITLE, body: 'y'.repeat(300) })
  },
  not_serializable: async () => {
    await using hub = await startHub()
    await hub.join(USER)
    const toJSON = () => {
      throw new Error(`no JSON for ${USER}: ${TITLE}`)
    }
    return await hub.notify.send('push', { to, title: TITLE, data: { toJSON } })
  },
  not_kept: async () => {
    await using hub = await startHub({ user: { history: false } })
    await hub.join(USER)
    return await hub.notify.send('push', { to, title: TITLE, key: 'code', ttl: '2m', confirm: 'ack' })
  },
  not_serving: async () => {
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { push: websocket({ jwt: { keys: [KEY] } }) },
    })
    const { push } = await notify.verify()
    expect(push).toMatchObject({ status: 'failed', error: { code: 'INVALID_CONFIG' } })
    return await notify.send('push', { to, title: TITLE })
  },
  address_in_use: async () => {
    await using hub = await startHub()
    const driver = websocket({ jwt: { keys: [KEY] } })
    const refused = driver.listen({ port: hub.port }).catch((error: unknown) => error)
    // Not a send, but reported alike.
    return { status: 'failed', error: await refused } as SendResult
  },
  draining: async () => {
    await using hub = await startHub()
    await hub.join(USER)
    await hub.driver.close()
    return await hub.notify.send('push', { to, title: TITLE })
  },
}

describe('every row of the error table', () => {
  it.each(Object.entries(ERRORS))('%s', async (code, row) => {
    const result = await CASES[code as keyof typeof ERRORS]()

    const provider = { code, message: row.meaning }
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: row.code, delivery: 'not_sent', provider },
    })
    expect(findSecrets(result, [KEY, USER, TITLE, '493817'])).toEqual([])
  })
})

it('shows nothing of a message in debug mode either', async () => {
  await using hub = await startHub()
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: hub.driver },
    debug: true,
  })
  await hub.join('somebody-else')

  const thrown: unknown = await notify
    .send('push', { to, title: TITLE, store: false })
    .catch((error: unknown) => error)

  expect(thrown).toMatchObject({ code: 'RECIPIENT_OFFLINE' })
  expect(findSecrets(thrown, [KEY, USER, TITLE])).toEqual([])
})
