/** Whom a push is for, to which device it may go instead, what would be sent, and which devices are dead. */
import { describe, expect, it } from 'vitest'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { failures, newToken, startBench } from './bench.ts'

describe('the recipient', () => {
  it('is the device token in small letters, however it was written', async () => {
    await using bench = await startBench()
    const push = bench.driver.parse({ to: 'ABCDEF01'.repeat(8), title: 'Parcel' })

    expect(bench.driver.recipients(push)).toEqual(['abcdef01'.repeat(8)])
  })
})

describe('a redirected push', () => {
  it('goes to the other device and is the same otherwise', async () => {
    await using bench = await startBench()
    const { driver, fake } = bench
    const [own, other] = [newToken(), newToken()]

    const push = driver.redirected(driver.parse({ to: own, title: 'Parcel', badge: 3 }), other)
    await driver.send(push, new Attempt({ id: 'd-1' }))

    expect(driver.recipients(push)).toEqual([other])
    expect(fake.accepted).toMatchObject([
      { to: other, payload: { aps: { alert: { title: 'Parcel' }, badge: 3 } } },
    ])
  })

  it.each(['ops@example.com', 'abc', 'zz'.repeat(32), ''])(
    'is refused where the other address, %j, is no device token, and does not quote it',
    async (to) => {
      await using bench = await startBench()
      const push = bench.driver.parse({ to: newToken(), title: 'Parcel' })
      let refusal: unknown
      try {
        bench.driver.redirected(push, to)
      } catch (cause) {
        refusal = cause
      }

      expect(refusal).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'guard.redirectTo' }] })
      if (to !== '') expect(String(refusal)).not.toContain(to)
    },
  )
})

describe('what would be sent', () => {
  it('is what APNs then receives, without the provider token', async () => {
    await using bench = await startBench()
    const { driver, fake } = bench
    const expiration = Math.floor(bench.clock.now() / 1000) + 60
    const options = { collapseId: 'parcel-7', priority: 5, expiration, data: { order: 7 } } as const
    const push = driver.parse({ to: newToken(), title: 'Parcel', ...options })
    const attempt = new Attempt({ id: 'd-1', idempotencyKey: 'order-7' })

    const { headers, payload } = await driver.render(push, attempt)
    expect(fake.connectionsMade).toBe(0)
    const receipt = await driver.send(push, attempt)

    const [sent] = fake.accepted
    expect(payload).toEqual(sent?.payload)
    expect(headers).toEqual({
      ':method': 'POST',
      ':scheme': 'https',
      ':authority': fake.host,
      ':path': `/3/device/${push.to}`,
      'apns-id': receipt.providerId,
      'apns-topic': sent?.topic,
      'apns-push-type': 'alert',
      'apns-priority': '5',
      'apns-expiration': String(expiration),
      'apns-collapse-id': 'parcel-7',
    })
    expect(findSecrets({ headers, payload }, [fake.credentials.key, ...fake.jwts])).toEqual([])
  })

  it('is refused before that where the payload is too large', async () => {
    await using bench = await startBench()

    expect(() => bench.driver.parse({ to: newToken(), body: 'x'.repeat(5000) })).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }) as NotifyError,
    )
  })
})

describe('a device', () => {
  it.each([
    ['Unregistered', 'invalid'],
    ['ExpiredToken', 'invalid'],
    ['BadDeviceToken', 'invalid'],
  ])('is dead when APNs answers %s', async (reason, expected) => {
    await using bench = await startBench()
    const since = new Date('2026-05-04T03:02:01.000Z')
    bench.fake.refuseNext(reason, { since })

    const [error] = failures([await bench.send()])

    expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED', scope: 'recipient', reason: expected })
    expect(error?.since).toEqual(error?.provider?.status === 410 ? since : undefined)
  })

  it('is not dead because it has another app', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext('DeviceTokenNotForTopic')

    const [error] = failures([await bench.send()])

    expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'refused' })
  })

  it('that gets too many pushes has a limit of its own, which holds no other push back', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext('TooManyRequests')
    bench.fake.refuseNext('TooManyProviderTokenUpdates')

    const errors = failures([await bench.send(), await bench.send()])

    expect(errors).toMatchObject([
      { code: 'RATE_LIMITED', scope: 'recipient', retryAfterMs: 60_000 },
      { code: 'RATE_LIMITED', scope: 'network' },
    ])
  })
})
