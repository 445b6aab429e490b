/** Every channel through its real driver into the real sandbox, and seen in Chromium as it arrives. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { describeInChromium } from '../inbox-page/support/browser.ts'
import { MESSAGES, startBench } from '../sandbox/support/bench.ts'

/** What each kind of message shows of itself, in its own view. */
const SEEN = {
  email: /Your receipt/,
  sms: /123456/,
  tencent: /123456/,
  wechat: /Parcel/,
  account: /Parcel/,
  apns: /It is at the door/,
  live: /It is at the door/,
} as const
type Channel = keyof typeof SEEN

const rows = (page: Page) => page.getByRole('option')

describeInChromium('the inbox', (browser) => {
  it.each([
    ['en-US', 'notiwire inbox'],
    ['zh-CN', 'notiwire 收件箱'],
  ])('shows every channel live, in %s', async (locale, heading) => {
    await using bench = await startBench()
    const context = await browser().newContext({ locale })
    const page = await context.newPage()
    await page.goto(bench.sandbox.url)
    await page.getByRole('heading', { name: heading }).waitFor()
    const channels = Object.keys(SEEN) as Channel[]

    for (const [at, channel] of channels.entries()) {
      const result = await bench.notify.send(channel, MESSAGES[channel])
      expect(result.status, channel).toBe('sent')
      await expect.poll(() => rows(page).count(), { timeout: 10_000 }).toBe(at + 1)
      await rows(page).first().click()
      await page.locator('article').getByText(SEEN[channel]).first().waitFor()
    }

    await context.close()
  })

  it('finds by words, and is used by keyboard', async () => {
    await using bench = await startBench()
    const context = await browser().newContext({ locale: 'en-US' })
    const page = await context.newPage()
    await page.goto(bench.sandbox.url)
    for (const channel of ['email', 'sms', 'apns'] as const) {
      await bench.notify.send(channel, MESSAGES[channel])
    }
    await expect.poll(() => rows(page).count(), { timeout: 10_000 }).toBe(3)

    await page.keyboard.press('/')
    await page.keyboard.type('receipt ann@')
    await expect.poll(() => rows(page).count(), { timeout: 10_000 }).toBe(1)
    await page.getByRole('searchbox').fill('')
    await expect.poll(() => rows(page).count(), { timeout: 10_000 }).toBe(3)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('list')
    await page.keyboard.press('2')
    await expect.poll(() => rows(page).count(), { timeout: 10_000 }).toBe(1)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page
      .locator('article')
      .getByText(/123456/)
      .first()
      .waitFor()

    await context.close()
  })

  it('makes the next message fail by a button, and shows how it failed', async () => {
    await using bench = await startBench()
    const context = await browser().newContext({ locale: 'en-US' })
    const page = await context.newPage()
    await page.goto(bench.sandbox.url)
    await bench.notify.send('sms', MESSAGES.sms)
    await rows(page).first().click()

    await page.getByRole('button', { name: 'Fail the next like this' }).click()
    const dialog = page.getByRole('dialog', { name: 'Failures' })
    await dialog.getByRole('searchbox', { name: 'Find a failure' }).fill('AMOUNT_NOT_ENOUGH')
    await dialog.getByRole('radio', { name: /isv.AMOUNT_NOT_ENOUGH/ }).check()
    await dialog.getByRole('button', { name: 'Arm' }).click()
    await page.getByText('1 armed').waitFor()
    const result = await bench.notify.send('sms', MESSAGES.sms)

    expect(result).toMatchObject({ status: 'failed', error: { code: 'QUOTA_EXHAUSTED' } })
    await page.keyboard.press('Escape')
    await rows(page).first().getByText('isv.AMOUNT_NOT_ENOUGH').waitFor()

    await context.close()
  })
})
