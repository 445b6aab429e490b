/** In a real browser. Without a Chromium these tests are left out, but fail in CI; `scripts/install-services.ts` says so. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, launchChromium } from '../../../support/chromium.ts'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { startBlockingProxy } from './support/blocking-proxy.ts'
import { startPage, type Told } from './support/page.ts'

const PATIENCE_MS = 60_000
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly told: () => Promise<Told>
  /** Of the client. */
  readonly read: (name: 'state' | 'transport') => Promise<string | undefined>
  readonly setOffline: (isOffline: boolean) => Promise<void>
}

describe.skipIf(!findChromium() && !process.env['CI'])('in Chromium', { timeout: PATIENCE_MS }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  }, PATIENCE_MS)
  afterAll(() => browser.close())

  async function open(port: number, query = ''): Promise<Opened> {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${port}/${query}`)
    return {
      page,
      told: () => page.evaluate('told'),
      read: (name) => page.evaluate(`client.${name}`),
      setOffline: (isOffline) => context.setOffline(isOffline),
      [Symbol.asyncDispose]: () => context.close(),
    }
  }
  const whenOpen = ({ read }: Opened) => expect.poll(() => read('state'), { timeout: 10_000 }).toBe('open')
  const whenReceived = ({ told }: Opened, numbers: readonly number[]) =>
    expect.poll(async () => (await told()).received, { timeout: 10_000 }).toEqual(numbers)

  it('receives and acknowledges', async () => {
    await using server = await startPage()
    await using opened = await open(server.port)
    await whenOpen(opened)

    for (const number of range(1, 5)) await server.send(number)

    await whenReceived(opened, range(1, 5))
    await expect.poll(() => server.driver.stats().acknowledged).toBeGreaterThan(0)
    await expect(opened.read('transport')).resolves.toBe('websocket')
  })

  it('loses and repeats nothing when its line is cut', async () => {
    await using server = await startPage()
    await using proxy = await startFaultProxy(server.port)
    await using opened = await open(proxy.port)
    await whenOpen(opened)

    for (const number of range(1, 60)) {
      await server.send(number)
      if (number % 20 === 10) proxy.cut()
    }

    await whenReceived(opened, range(1, 60))
    await expect(opened.told()).resolves.toMatchObject({ gaps: [], errors: [] })
    expect((await opened.told()).states.filter((state) => state === 'open').length).toBeGreaterThan(1)
  })

  it('loses and repeats nothing when the page is loaded again', async () => {
    await using server = await startPage()
    await using opened = await open(server.port)
    await whenOpen(opened)

    for (const number of range(1, 60)) {
      await server.send(number)
      if (number % 20 === 10) await opened.page.reload()
    }

    await whenReceived(opened, range(1, 60))
    await expect(opened.told()).resolves.toMatchObject({ gaps: [], errors: [] })
  })

  it('comes back at once when the browser is online again, though its next try is far off', async () => {
    await using server = await startPage()
    await using opened = await open(server.port, '?delay=86400000')
    await whenOpen(opened)
    await server.send(1)
    await whenReceived(opened, [1])

    await opened.setOffline(true)
    await server.driver.disconnect({ user: '1001', reconnect: true })
    await expect.poll(() => opened.read('state')).not.toBe('open')
    await server.send(2)
    await opened.setOffline(false)

    await whenReceived(opened, [1, 2])
    await expect(opened.told()).resolves.toMatchObject({ gaps: [] })
  })

  it('takes server-sent events where no WebSocket comes through, and loses and repeats nothing', async () => {
    await using server = await startPage()
    await using proxy = await startBlockingProxy(server.port)
    await using opened = await open(proxy.port)
    await whenOpen(opened)
    await expect(opened.read('transport')).resolves.toBe('sse')

    for (const number of range(1, 60)) {
      await server.send(number)
      if (number === 20) proxy.cut()
      if (number === 40) await opened.page.reload()
    }

    await whenReceived(opened, range(1, 60))
    await expect(opened.told()).resolves.toMatchObject({ gaps: [] })
    await expect.poll(() => server.driver.stats().acknowledged).toBeGreaterThan(0)
  })

  it('renews its token on the open line', async () => {
    await using server = await startPage({ ttlMs: 2_000 })
    await using opened = await open(server.port)
    await whenOpen(opened)

    await expect.poll(() => server.tokens, { timeout: 10_000 }).toBeGreaterThanOrEqual(3)
    await server.send(1)

    await whenReceived(opened, [1])
    await expect(opened.told()).resolves.toMatchObject({ states: ['connecting', 'open'], errors: [] })
  })
})
