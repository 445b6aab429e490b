import { expect, it } from 'vitest'
import { smtp } from '../../src/channels/email/index.ts'
import { FakeClock, fakeNotify } from '../../src/testing/index.ts'

const channels = { email: smtp({ host: 'smtp.example.com', from: 'shop@example.com' }) }
const message = { to: 'ann@example.com', subject: 'Hello', text: 'Hello' }

it('delivers what is enqueued to the mailbox, whatever the outbox of the app is', async () => {
  await using notify = fakeNotify({ channels, outbox: 'file:/nowhere/to/be/found.db' })

  const { status, id } = await notify.enqueue('email', message)
  await expect.poll(() => notify.sent('email')).toHaveLength(1)

  expect(status).toBe('queued')
  await expect.poll(async () => (await notify.status(id))?.status).toBe('sent')
})

it('fails as it is told, and tries again by its clock', async () => {
  const clock = new FakeClock()
  await using notify = fakeNotify({ channels, clock, outbox: { engine: 'file:./notify.db' } })
  notify.failNext('email', 'provider')
  const { id } = await notify.enqueue('email', message)
  await expect.poll(async () => (await notify.status(id))?.status).toBe('scheduled')
  expect(notify.sent('email')).toEqual([])

  await clock.advance(5_000)

  await expect.poll(() => notify.sent('email')).toHaveLength(1)
})

it('keeps the outboxes of isolated tests apart', async () => {
  await using notify = fakeNotify({ channels, outbox: 'file:./notify.db' })

  const ids = await Promise.all(
    [1, 2].map(
      notify.isolated(async () => {
        const { id } = await notify.enqueue('email', message)
        await expect.poll(() => notify.sent('email')).toHaveLength(1)
        return id
      }),
    ),
  )

  expect(new Set(ids).size).toBe(2)
  expect(await notify.status(ids[0] ?? '')).toBeUndefined()
})

it('names what is wrong with the outbox as production does', () => {
  expect(() => fakeNotify({ channels, outbox: 5 as never })).toThrow(/outbox: expected a file/)
})
