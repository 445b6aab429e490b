/** The inbox's server: who is answered, what is kept, and what its client tells tests. */
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { inboxClient } from '../../src/testing/inbox.ts'
import { MESSAGES, startBench } from './support/bench.ts'

/** `fetch` lets nobody choose the Host header. */
function ask(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> },
) {
  return new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.once('error', reject)
    asked.end()
  })
}

describe('the inbox’s server', () => {
  it('answers to loopback’s names, and to no other that a page elsewhere may have point here', async () => {
    await using sandbox = await createSandbox({ hostNames: ['inbox.example'] })
    const url = `${sandbox.url}/api/messages`

    const answers = ['localhost', '127.0.0.1:80', '[::1]', 'inbox.example:8080', 'evil.example'].map((host) =>
      ask(url, { headers: { host } }),
    )

    expect(await Promise.all(answers)).toEqual([200, 200, 200, 200, 421])
  })

  it('lets no other site clear it, or arm failures', async () => {
    await using bench = await startBench()
    await bench.notify.send('email', MESSAGES.email)
    const url = `${bench.sandbox.url}/api/messages`

    const attempts = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ].map((headers) => ask(url, { method: 'DELETE', headers: headers }))

    expect(await Promise.all(attempts)).toEqual([403, 403, 403])
    expect((await bench.api.list()).total).toBe(1)
  })

  it('says 404, 405, 400 and 415 in one form', async () => {
    await using bench = await startBench()
    const { call } = bench.api

    const answers = [
      await call('GET', '/nothing'),
      await call('POST', '/api/messages'),
      await call('GET', '/api/messages/none'),
      await call('GET', '/api/messages?limit=-1'),
      await call('GET', '/api/messages?channel=fax'),
      await call('POST', '/api/faults'),
      await call('GET', '/api/messages/%ff'),
    ]

    expect(answers.map(({ status }) => status)).toEqual([404, 405, 404, 400, 400, 415, 404])
    for (const { json } of answers)
      expect(json).toMatchObject({ error: { code: expect.any(String) as string } })
  })

  it('keeps so many, the newest, and says how many had to go', async () => {
    await using bench = await startBench({ maxMessages: 3 })

    for (let count = 1; count <= 5; count += 1) {
      await bench.notify.send('email', { ...MESSAGES.email, subject: `Number ${count}` })
    }

    const { messages, total, evicted } = await bench.api.list()
    expect(messages.map(({ title }) => title)).toEqual(['Number 5', 'Number 4', 'Number 3'])
    expect({ total, evicted }).toEqual({ total: 3, evicted: 2 })
  })

  it('keeps so many bytes, and the newest message however large', async () => {
    await using bench = await startBench({ maxBytes: 20_000 })

    for (const text of ['a', 'b', 'x'.repeat(50_000)]) {
      await bench.notify.send('email', { to: 'ann@example.com', subject: text.slice(0, 1), text })
    }

    expect((await bench.api.list()).messages.map(({ title }) => title)).toEqual(['x'])
  })

  it('refuses wrong options, all named at once', async () => {
    const wrong = { port: -1, maxMessages: 0, smsTemplates: { SMS_1: 7 } } as never

    await expect(createSandbox(wrong)).rejects.toThrow(/port: .*; maxMessages: .*; smsTemplates: /)
  })

  it('frees every port when it is closed', async () => {
    const first = await createSandbox()
    const port = Number(new URL(first.url).port)
    await first.close()

    await expect(ask(first.url, {})).rejects.toThrow('ECONNREFUSED')
    expect(port).toBeGreaterThan(0)
  })
})

describe('inboxClient', () => {
  it('waits for a message that comes later, and tells what its recipient sees', async () => {
    await using bench = await startBench()
    const inbox = inboxClient(bench.sandbox.url)

    const waiting = inbox.waitFor({ channel: 'sms', to: '13800138000' })
    await bench.notify.send('sms', MESSAGES.sms)

    expect((await waiting).view.text).toContain('123456')
  })

  it('says what is there where nothing came in time', async () => {
    await using bench = await startBench()
    await bench.notify.send('email', MESSAGES.email)

    const waiting = inboxClient(bench.sandbox.url).waitFor({ channel: 'sms', timeoutMs: 1 })

    await expect(waiting).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: /the inbox holds 1 email, 0 sms/,
    })
  })

  it('lists, reads, deletes, clears and arms', async () => {
    await using bench = await startBench()
    const inbox = inboxClient(`${bench.sandbox.url}/`)
    await bench.notify.send('email', MESSAGES.email)
    await bench.notify.send('sms', MESSAGES.sms)
    const { messages } = await inbox.list({ channel: 'email', q: 'RECEIPT ann' })
    const id = messages[0]?.id ?? ''

    expect(await inbox.raw(id)).toContain('Subject: Your receipt')
    expect(await inbox.delete(id)).toBe(true)
    expect([await inbox.get(id), await inbox.delete(id)]).toEqual([undefined, false])
    await inbox.injectFault({ provider: 'smtp', fault: 'reset' })
    expect((await inbox.faults()).armed).toMatchObject([{ provider: 'smtp', fault: 'reset', left: 1 }])
    await inbox.clearFaults()
    await inbox.clear()
    expect((await inbox.list()).total).toBe(0)
    await expect(inbox.injectFault({ provider: 'smtp' })).rejects.toThrow('refusal: expected exactly one')
  })
})
