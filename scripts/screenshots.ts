/** Sends one message on every channel to a sandbox and takes a picture of each in light and dark: `docs/images/`. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../test/support/chromium.ts'
import { MESSAGES, startBench } from '../test/sandbox/support/bench.ts'

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images')
const SIZE = { width: 1180, height: 960 }
const CHANNELS = ['email', 'sms', 'wechat', 'apns', 'websocket'] as const

const RECEIPT = `<!doctype html><html><body style="margin:0;background:#f4f4f6;font-family:Helvetica,Arial,sans-serif">
<div style="max-width:520px;margin:24px auto;background:#fff;border-radius:12px;padding:28px">
<h1 style="font-size:20px;margin:0 0 8px">Thank you, Ann</h1>
<p style="color:#555;margin:0 0 20px">Your order 1024 is paid and on its way.</p>
<table width="100%" style="border-collapse:collapse;font-size:14px">
<tr><td style="padding:8px 0;border-top:1px solid #eee">Teapot, blue</td><td align="right" style="border-top:1px solid #eee">€ 39.00</td></tr>
<tr><td style="padding:8px 0;border-top:1px solid #eee">Delivery</td><td align="right" style="border-top:1px solid #eee">€ 4.50</td></tr>
<tr><td style="padding:8px 0;border-top:1px solid #eee"><b>Total</b></td><td align="right" style="border-top:1px solid #eee"><b>€ 43.50</b></td></tr>
</table><p style="margin:24px 0 0"><a href="https://shop.example.com/orders/1024" style="background:#1a73e8;color:#fff;padding:10px 18px;border-radius:8px;text-decoration:none">Follow the parcel</a></p>
</div></body></html>`

async function fill({ notify, sandbox }: Awaited<ReturnType<typeof startBench>>): Promise<void> {
  sandbox.injectFault({ provider: 'aliyun', refusal: 'isv.BUSINESS_LIMIT_CONTROL' })
  await notify.send('sms', MESSAGES.sms)
  await notify.send('email', { ...MESSAGES.email, to: 'hard-bounce@simulator.test' })
  await notify.send('live', { ...MESSAGES.live, type: 'order.shipped', url: '/orders/1024' })
  await notify.send('apns', {
    ...MESSAGES.apns,
    ...{ subtitle: 'Order 1024', threadId: 'order-1024', badge: 1, sound: 'default' },
    interruptionLevel: 'time-sensitive',
  })
  const data = { thing1: '蓝色茶壶', time2: '2026-11-27 10:00' }
  await notify.send('wechat', { ...MESSAGES.wechat, data, page: 'pages/order?id=1024' })
  await notify.send('sms', MESSAGES.sms)
  await notify.send('email', { ...MESSAGES.email, subject: 'Your order 1024 is on its way', html: RECEIPT })
}

async function take(browser: Browser, url: string, colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE, colorScheme, locale: 'en-US' })
  const page = await context.newPage()
  for (const channel of CHANNELS) {
    const list = await fetch(`${url}/api/messages?channel=${channel}&limit=1`)
    const { messages } = (await list.json()) as { readonly messages: readonly { readonly id: string }[] }
    const id = messages[0]?.id ?? ''
    await page.goto(`${url}/#/m/${id}`)
    await page.locator(`article[data-id="${id}"]`).waitFor()
    if (channel === 'email') await page.frameLocator('iframe').first().locator('h1').waitFor()
    await page.screenshot({ path: join(FOLDER, `inbox-${channel}-${colorScheme}.png`) })
  }
  await context.close()
}

await mkdir(FOLDER, { recursive: true })
const bench = await startBench()
const browser = await launchChromium()
await fill(bench)
for (const theme of ['light', 'dark'] as const) await take(browser, bench.sandbox.url, theme)
await browser.close()
await bench[Symbol.asyncDispose]()
console.log(`screenshots: ${2 * CHANNELS.length} in docs/images`)
