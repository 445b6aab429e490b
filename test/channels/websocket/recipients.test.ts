/** Whom a message is for, to whom it may go instead, and what would be written. */
import { describe, expect, it } from 'vitest'
import { websocket } from '../../../src/channels/websocket/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { KEY, startHub } from './support/hub.ts'

const driver = websocket({ jwt: { keys: [KEY] }, maxOutboundBytes: 1_000 })
const message = (to: object = { user: '1001' }) => driver.parse({ to, title: 'Order shipped' })

describe('the recipient', () => {
  it.each([
    [{ user: '1001' }, '#1001'],
    [{ user: '@all' }, '#@all'],
    [{ topic: '1001' }, '1001'],
    [{ all: true }, '@all'],
  ])(
    'of a message to %j is %s, so that a user and a topic of one name are not taken for each other',
    (to, listed) => {
      expect(driver.recipients(message(to))).toEqual([listed])
    },
  )

  it.each(['#1001', '#@all', '##', 'orders', '@all'])(
    '%s can be redirected to as it is listed',
    (address) => {
      expect(driver.recipients(driver.redirected(message(), address))).toEqual([address])
    },
  )
})

describe('a redirected message', () => {
  it('goes to the other user and is the same otherwise', async () => {
    await using hub = await startHub()
    const own = await hub.join('1001')
    const other = await hub.join('2002')

    const redirected = hub.driver.redirected(
      hub.driver.parse({ to: { user: '1001' }, title: 'Shipped' }),
      '#2002',
    )
    await hub.driver.send(redirected, new Attempt({ id: 'd-1' }))

    expect(await other.received(1)).toMatchObject([{ channel: '#2002', data: { title: 'Shipped' } }])
    await own.settled()
    expect(own.publications).toEqual([])
  })

  it.each(['', '#', '@everyone', '@ops', 'ops team', 'x'.repeat(256), `#${'x'.repeat(255)}`])(
    'is refused where the other address, %j, is none, and does not quote it',
    (to) => {
      let refusal: unknown
      try {
        driver.redirected(message(), to)
      } catch (cause) {
        refusal = cause
      }

      expect(refusal).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'guard.redirectTo' }] })
      if (to.length > 1) expect(String(refusal)).not.toContain(to)
    },
  )
})

describe('what would be written', () => {
  it('is what a device then receives', async () => {
    await using hub = await startHub()
    const phone = await hub.join('1001')
    const sent = hub.driver.parse({
      to: { user: '1001' },
      title: 'Shipped',
      data: { order: 7, note: 'größer' },
    })
    const attempt = new Attempt({ id: 'd-1', idempotencyKey: 'order-7' })

    const preview = await hub.driver.render(sent, attempt)
    await hub.driver.send(sent, attempt)

    const [publication] = await phone.received(1)
    expect(preview).toEqual({ push: { channel: publication?.channel, pub: { data: publication?.data } } })
  })

  it('can be seen where nobody listens and nobody is connected', async () => {
    expect(await driver.render(message(), new Attempt({ id: 'd-1' }))).toEqual({
      push: {
        channel: '#1001',
        pub: { data: { id: 'd-1', type: 'message', title: 'Order shipped' } },
      },
    })
  })

  it('is refused where the message is too large to be sent', async () => {
    const large = driver.parse({ to: { user: '1001' }, body: 'x'.repeat(1_000) })

    await expect(driver.render(large, new Attempt({ id: 'd-1' }))).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      provider: { code: 'too_large' },
    })
  })
})
