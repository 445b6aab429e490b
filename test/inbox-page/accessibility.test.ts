/** axe finds nothing serious: the list, each view and each panel, in light and dark. */
import { expect, it } from 'vitest'
import { CHANNELS } from '../../src/inbox-page/state/route.ts'
import { describeInChromium } from './support/browser.ts'
import { exampleMessages } from './support/example-messages.ts'
import { openInbox, seriousFindings } from './support/open-inbox.ts'

const THEMES = ['light', 'dark'] as const
/** All at once would take too long for one test. */
const CASES = CHANNELS.flatMap((channel) => THEMES.map((theme) => [channel, theme] as const))
const PANELS = [
  ['f', 'dialog .choice'],
  ['?', 'dialog .keys'],
] as const

describeInChromium('axe', (browser) => {
  it.each(CASES)('has no complaint about any view of %s, %s', async (channel, colorScheme) => {
    const messages = exampleMessages()
    const [first, ...others] = messages.filter((message) => message.channel === channel).toReversed()
    const viewport = { width: 1_360, height: 900 }
    await using opened = await openInbox(browser(), { messages, colorScheme, viewport, bypassCSP: true })
    const { page, goTo } = opened

    await goTo(`#/m/${first?.id}`)
    await page.locator(`article[data-id="${first?.id}"]`).waitFor()
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click()
      expect(await seriousFindings(page), `${await tab.textContent()}`).toEqual([])
    }
    for (const { id } of others) {
      await goTo(`#/m/${id}`)
      await page.locator(`article[data-id="${id}"]`).waitFor()
      await page.getByRole('tab').first().click()
      expect(await seriousFindings(page), id).toEqual([])
    }
  })

  it.each(THEMES)(
    'has no complaint about the panels, an empty inbox and a phone, %s',
    async (colorScheme) => {
      const viewport = { width: 390, height: 844 }
      await using opened = await openInbox(browser(), {
        messages: [],
        colorScheme,
        viewport,
        bypassCSP: true,
      })
      const { page } = opened
      await page.getByText('Nothing yet.').waitFor()
      expect(await seriousFindings(page)).toEqual([])

      for (const [key, shown] of PANELS) {
        await page.keyboard.press(key)
        await page.locator(shown).first().waitFor()
        expect(await seriousFindings(page), key).toEqual([])
        await page.keyboard.press('Escape')
      }
      for (const message of exampleMessages()) opened.inbox.capture(message)
      await page.getByRole('option').first().waitFor()
      expect(await seriousFindings(page)).toEqual([])
    },
  )
})
