/** Hostile messages, through the real drivers into the real sandbox, looked at in Chromium: nothing of them runs. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInChromium } from '../inbox-page/support/browser.ts'
import { MESSAGES, startBench } from '../sandbox/support/bench.ts'
import { HOSTILE_HTML, HOSTILE_TEXTS } from './support/hostile-mail.ts'

const HACKED = 'window.__hacked'

/** Whoever a message calls is told of here. */
async function startBeacon() {
  const called: string[] = []
  const server = createServer((request, response) => {
    called.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return {
    called,
    aimed: (html: string) => html.replaceAll('evil.invalid', host),
    [Symbol.asyncDispose]: close,
  }
}

/** A page, and whatever it did that it should not. */
async function openPage(browser: Browser) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('dialog', (dialog) => {
    troubles.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('popup', () => troubles.push('popup'))
  const hackedIn = async () => (await Promise.all(page.frames().map(isHacked))).some(Boolean)
  return { page, troubles, hackedIn, [Symbol.asyncDispose]: () => context.close() }
}

async function isHacked(frame: Frame): Promise<boolean> {
  // A frame that has gone, or was never let in, has nothing to run in; asked, it does not even answer.
  const silent = settle(frame.page())
  const found: unknown = await Promise.race([frame.evaluate(HACKED), silent]).catch(() => undefined)
  return found !== undefined
}

/** A few answers of the page on, what was going to run at once has run. Timers do not run in a document without scripts. */
async function settle(page: Page): Promise<undefined> {
  for (let time = 0; time < 5; time += 1) await page.evaluate('0')
  return undefined
}

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
    await using beacon = await startBeacon()
    await using opened = await openPage(browser())
    let running = 0
    for (const hostile of HOSTILE_HTML) {
      html = beacon.aimed(hostile)
      await opened.page.goto(origin, { waitUntil: 'load' }).catch(() => undefined)
      await settle(opened.page).catch(() => undefined)
      if ((await opened.hackedIn()) || opened.troubles.length > 0 || beacon.called.length > 0) running += 1
      opened.troubles.length = 0
      beacon.called.length = 0
    }
    server.close()
    server.closeAllConnections()

    expect(HOSTILE_HTML.length).toBeGreaterThanOrEqual(60)
    expect(running).toBeGreaterThanOrEqual(40)
  }, 120_000)

  it('run nothing, load nothing and go nowhere as e-mail in the page, in either theme', async () => {
    const { sandbox, notify } = bench
    await using beacon = await startBeacon()
    await using opened = await openPage(browser())
    const { page, troubles, hackedIn } = opened
    for (const html of HOSTILE_HTML.map(beacon.aimed)) {
      const result = await notify.send('email', { ...MESSAGES.email, html })
      expect(result.status, html).toBe('sent')
      const { messages } = await bench.api.list('?limit=1')
      const id = messages[0]?.id ?? ''
      const shown = `${sandbox.url}/#/m/${id}`
      await page.goto(shown)
      const frame = page.frameLocator('iframe').first()
      await frame.locator('html').waitFor({ state: 'attached' })
      await settle(page)
      expect([await hackedIn(), troubles, beacon.called, page.url()], html).toEqual([false, [], [], shown])
      await page.goto(`${sandbox.url}/api/messages/${id}/html?theme=dark`)
      expect([await hackedIn(), troubles, beacon.called], html).toEqual([false, [], []])
    }
  }, 240_000)

  it('run nothing in any text of any channel', async () => {
    const { sandbox, notify } = bench
    await using opened = await openPage(browser())
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
        await page.locator(`article[data-id="${id}"]`).waitFor()
        const tabs = page.getByRole('tab')
        for (let at = 0; at < (await tabs.count()); at += 1) await tabs.nth(at).click()
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
