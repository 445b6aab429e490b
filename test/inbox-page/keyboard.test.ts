/** All of the page can be used without a mouse. */
import { expect, it } from 'vitest'
import { describeInChromium } from './support/browser.ts'
import { exampleMessages } from './support/example-messages.ts'
import { openInbox } from './support/open-inbox.ts'

const focusedId = 'document.activeElement.id'

describeInChromium('the keyboard', (browser) => {
  it('moves in the list, opens, searches, filters and deletes', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages() })
    const { page, inbox } = opened
    const press = (key: string) => page.keyboard.press(key)
    await page.getByRole('option').first().waitFor()

    for (const key of ['j', 'j', 'j', 'k', 'Enter']) await press(key)
    await page.getByRole('heading', { name: '流明商店 SMS_154950909' }).waitFor()
    await press('/')
    await page.keyboard.type('j1#')
    await expect(page.getByRole('searchbox').inputValue()).resolves.toBe('j1#')
    await page.getByText('No message matches').waitFor()
    await page.getByRole('searchbox').fill('')
    await page.getByRole('option').first().waitFor()
    await press('Escape')
    await expect.poll(() => page.evaluate(focusedId)).toBe('list')
    await press('2')
    await expect.poll(() => page.getByRole('option').count()).toBe(2)
    await press('#')
    await page.getByRole('heading', { name: 'Lumen 2400117' }).waitFor()
    await press('0')

    await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(2)
    expect(inbox.messages).toHaveLength(exampleMessages().length - 1)
    expect(opened.troubles).toEqual([])
  })

  it('names the row that it is on to screen readers', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages() })
    await opened.page.getByRole('listbox').focus()

    await opened.page.keyboard.press('ArrowDown')
    await opened.page.keyboard.press('ArrowDown')

    const active = await opened.page.getByRole('listbox').getAttribute('aria-activedescendant')
    const second = await opened.page.getByRole('option').nth(1).getAttribute('id')
    expect(active).toBe(second)
  })

  it('changes theme and language', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), colorScheme: 'light' })
    const { page } = opened
    await page.getByRole('option').first().waitFor()

    await page.keyboard.press('d')
    await page.keyboard.press('d')
    await page.keyboard.press('l')

    await page.getByRole('heading', { name: 'notiwire 收件箱' }).waitFor()
    const scheme = 'getComputedStyle(document.documentElement).colorScheme'
    await expect(page.evaluate(scheme)).resolves.toBe('dark')
  })

  it('keeps the focus within a dialog, and brings it back', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages() })
    const { page } = opened
    const button = page.getByRole('button', { name: 'Clear all' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Clear all messages?' }).waitFor()

    for (const key of Array.from({ length: 8 }, () => 'Tab')) {
      await page.keyboard.press(key)
      const isWithin = `document.activeElement === document.body || !!document.activeElement.closest('dialog')`
      await expect(page.evaluate(isWithin)).resolves.toBe(true)
    }
    await page.keyboard.press('j')
    await page.keyboard.press('Escape')

    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await expect(page.evaluate('document.activeElement.textContent')).resolves.toBe('Clear all')
  })

  it('moves between tabs with arrows', async () => {
    const hash = '#/m/01990080-0000-7000-8000-000000000000'
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash })
    await opened.page.getByRole('tab', { name: 'Message' }).focus()

    await opened.page.keyboard.press('ArrowLeft')
    await opened.page.getByRole('region', { name: 'Response' }).first().waitFor()
    await opened.page.keyboard.press('ArrowRight')

    await opened.page.getByText('Segments').waitFor()
  })
})
