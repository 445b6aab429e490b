/** Hostile messages, through the real drivers into the real sandbox, looked at in Chromium: nothing of them runs. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInChromium } from '../inbox-page/support/browser.ts'
import { MESSAGES, startBench } from '../sandbox/support/bench.ts'
import { HOSTILE_HTML, HOSTILE_TEXTS } from './support/hostile-mail.ts'

const HACKED = 'window.__hacked'

/** A page, and whatever it did that it should not. */
async function openPage(browser: Browser, origin: string) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('dialog', (dialog) => {
    troubles.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !/^(data|about|blob):/.test(url)) troubles.push(`request ${url}`)
  })
  page.on('popup', () => troubles.push('popup'))
  const [, hackedIn] = [page, async () => (await Promise.all(page.frames().map(isHacked))).some(Boolean)]
  return { page, troubles, hackedIn, [Symbol.asyncDispose]: () => context.close() }
}

async function isHacked(frame: Frame): Promise<boolean> {
  // A frame that has gone meanwhile has nothing left to run in.
  const found: unknown = await frame.evaluate(HACKED).catch(() => undefined)
  return found !== undefined
}

/** Two frames on, what was going to run at once has run. */
const settle = (page: Page) =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')

describeInChromium('hostile messages', (browser) => {
  let bench: Awaited<ReturnType<typeof startBench>>
  beforeAll(async () => {
    bench = await startBench()
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  it('are at least 60, and most of them do run where nothing keeps them from it', async () => {
    let html = ''
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using opened = await openPage(browser(), origin)
    let running = 0
    for (html of HOSTILE_HTML) {
      await opened.page.goto(origin, { waitUntil: 'load' }).catch(() => undefined)
      await settle(opened.page).catch(() => undefined)
      if ((await opened.hackedIn()) || opened.troubles.length > 0) running += 1
      opened.troubles.length = 0
    }
    server.close()
    server.closeAllConnections()

    expect(HOSTILE_HTML.length).toBeGreaterThanOrEqual(60)
    expect(running).toBeGreaterThanOrEqual(40)
  }, 120_000)

  it('run nothing, load nothing and go nowhere as e-mail in the page, in either theme', async () => {
    const { sandbox, notify } = bench
    await using opened = await openPage(browser(), sandbox.url)
    const { page, troubles, hackedIn } = opened
    for (const html of HOSTILE_HTML) {
      const result = await notify.send('email', { ...MESSAGES.email, html })
      expect(result.status, html).toBe('sent')
      const { messages } = await bench.api.list('?limit=1')
      const id = messages[0]?.id ?? ''
      await page.goto(`${sandbox.url}/#/m/${id}`)
      const frame = page.frameLocator('iframe').first()
      await frame.locator('html').waitFor({ state: 'attached' })
      await settle(page)
      expect([await hackedIn(), troubles], html).toEqual([false, []])
      for (const theme of ['light', 'dark']) {
        await page.goto(`${sandbox.url}/api/messages/${id}/html?theme=${theme}`)
        expect([await hackedIn(), troubles], html).toEqual([false, []])
      }
    }
  }, 240_000)

  it('run nothing in any text of any channel', async () => {
    const { sandbox, notify } = bench
    await using opened = await openPage(browser(), sandbox.url)
    const { page, troubles, hackedIn } = opened
    for (const text of HOSTILE_TEXTS) {
      const short = text.slice(0, 20)
      const sent = [
        await notify.send('email', {
          ...{ ...MESSAGES.email, subject: text, text },
          from: { name: text.replaceAll(/[\r\n]/g, ''), address: 'shop@example.com' },
          attachments: [{ filename: `${short}.txt`, content: text }],
        }),
        await notify.send('tencent', {
          ...MESSAGES.tencent,
          params: { code: text.slice(0, 200), minutes: '5' },
        }),
        await notify.send('wechat', {
          ...MESSAGES.wechat,
          data: { thing1: short, time2: '2026-11-27 10:00' },
        }),
        await notify.send('apns', {
          ...MESSAGES.apns,
          title: text,
          subtitle: text,
          body: text,
          threadId: short,
        }),
        await notify.send('live', {
          ...MESSAGES.live,
          type: short,
          title: text,
          body: text,
          data: { [text]: text },
        }),
      ]
      const arrived = sent.filter(({ status }) => status === 'sent').length
      expect(arrived).toBeGreaterThanOrEqual(3)
      const { messages } = await bench.api.list(`?limit=${arrived}`)
      for (const { id } of messages) {
        await page.goto(`${sandbox.url}/#/m/${id}`)
        for (const tab of await page.getByRole('tab').all()) await tab.click()
        expect([await hackedIn(), troubles], text).toEqual([false, []])
      }
    }
  }, 240_000)

  it('are not served to pages elsewhere', async () => {
    const { sandbox, api } = bench
    const { messages } = await api.list('?limit=1')
    const response = await fetch(`${sandbox.url}/api/messages/${messages[0]?.id ?? ''}`)

    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })
})
