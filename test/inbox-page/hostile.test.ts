/** Whatever a message says, the page runs nothing of it. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { describeInChromium } from './support/browser.ts'
import { hostileMessages } from './support/hostile.ts'
import { openInbox } from './support/open-inbox.ts'

const DANGEROUS = `[...document.querySelectorAll('[href], [src]')]
  .map((it) => it.getAttribute('href') ?? it.getAttribute('src'))
  .filter((to) => !/^(https?:|mailto:|data:image.svg|#|\\/api\\/messages\\/|\\/app\\.)/.test(to))`
/** Elements that the page itself never makes within a message. */
const FOREIGN = `document.querySelectorAll('main img, main script, main svg[onload], main [srcdoc], main [onerror]').length`

describeInChromium('a hostile message', (browser) => {
  // Without the policy too: it is the second line of defence, not the first.
  it.each([false, true])('runs nothing in any view, with its policy bypassed: %s', async (bypassCSP) => {
    const messages = hostileMessages()
    await using opened = await openInbox(browser(), { messages, bypassCSP })
    const { page, goTo } = opened
    await page.getByRole('option').first().waitFor()

    for (const { id } of messages) {
      await goTo(`#/m/${encodeURIComponent(id)}`)
      await page.locator(`article[data-id="${id}"]`).waitFor()
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click()
        await expectHarmless(page)
      }
    }

    expect(opened.troubles).toEqual([])
  })

  it('runs nothing in the search, in an address or in the panels', async () => {
    const hash = '#/?q=%3Cimg%20src%3Dx%20onerror%3D%22window.__hacked%3D1%22%3E'
    await using opened = await openInbox(browser(), { messages: hostileMessages(), hash, bypassCSP: true })
    await opened.page.getByRole('searchbox').waitFor()
    await expectHarmless(opened.page)

    await opened.goTo('#/m/%3Cimg%20src%3Dx%20onerror%3D%22window.__hacked%3D1%22%3E')
    await opened.page.getByText('no longer in the inbox').waitFor()

    await expectHarmless(opened.page)
    expect(opened.troubles.filter((text) => !text.includes('404'))).toEqual([])
  })
})

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate('window.__hacked')).toBeUndefined()
  expect(await page.evaluate(DANGEROUS)).toEqual([])
  expect(await page.evaluate(FOREIGN)).toBe(0)
}
