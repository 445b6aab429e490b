/** axe finds nothing serious: the list, each view and each panel, in light and dark. */
import { expect, it } from 'vitest'
import { describeInChromium } from './support/browser.ts'
import { exampleMessages } from './support/example-messages.ts'
import { openInbox, seriousFindings } from './support/open-inbox.ts'

const THEMES = ['light', 'dark'] as const
const PANELS = [
  ['f', 'dialog .choice'],
  ['?', 'dialog .keys'],
] as const

describeInChromium('axe', (browser) => {
  it.each(THEMES)('has no complaint about any view of any message, %s', async (colorScheme) => {
    await using opened = await openInbox(browser(), {
      messages: exampleMessages(),
      colorScheme,
      bypassCSP: true,
      viewport: { width: 1_360, height: 900 },
    })
    const { page, goTo } = opened
    await page.getByRole('option').first().waitFor()
    expect(await seriousFindings(page)).toEqual([])

    for (const { id } of exampleMessages()) {
      await goTo(`#/m/${id}`)
      await page.locator(`article[data-id="${id}"]`).waitFor()
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click()
        expect(await seriousFindings(page), `${id} ${await tab.textContent()}`).toEqual([])
      }
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
