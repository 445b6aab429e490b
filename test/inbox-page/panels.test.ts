/** The panels: failures, connections, and clearing everything. */
import { expect, it } from 'vitest'
import { describeInChromium } from './support/browser.ts'
import { exampleMessages } from './support/example-messages.ts'
import { openInbox } from './support/open-inbox.ts'

const SMS = '#/m/01990080-0000-7000-8000-000000000000'

describeInChromium('a panel', (browser) => {
  it('arms a failure for the provider of a message, and disarms it', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash: SMS })
    const { page, inbox } = opened
    await page.getByRole('button', { name: 'Fail the next like this' }).click()
    const dialog = page.getByRole('dialog', { name: 'Failures' })
    await expect.poll(() => dialog.getByRole('combobox').inputValue()).toBe('aliyun')

    await dialog.getByRole('searchbox', { name: 'Find a failure' }).fill('balance')
    await dialog.getByRole('radio', { name: /isv.AMOUNT_NOT_ENOUGH/ }).check()
    await dialog.getByRole('spinbutton', { name: 'Times' }).fill('3')
    await dialog.getByRole('button', { name: 'Arm' }).click()

    await dialog.getByText('3 messages left').waitFor()
    expect(inbox.armed).toMatchObject([
      { provider: 'aliyun', refusal: 'isv.AMOUNT_NOT_ENOUGH', times: 3, left: 3 },
    ])
    await page.getByText('1 armed').waitFor()
    await dialog.getByRole('button', { name: 'Disarm all' }).click()
    await dialog.getByText('Nothing is armed.').waitFor()
    expect(inbox.armed).toEqual([])
    expect(opened.troubles).toEqual([])
  })

  it('copies a simulated recipient', async () => {
    const permissions = ['clipboard-read', 'clipboard-write']
    await using opened = await openInbox(browser(), { messages: exampleMessages(), permissions })
    await opened.page.keyboard.press('f')
    await opened.page.getByText('bounce@sandbox.test').waitFor()

    await opened.page
      .getByRole('region', { name: 'Recipients with whom' })
      .getByRole('button', { name: 'Copy' })
      .click()

    await opened.page.getByText('Copied').waitFor()
    await expect(opened.page.evaluate('navigator.clipboard.readText()')).resolves.toBe('bounce@sandbox.test')
  })

  it('says how to connect, in an empty inbox at once', async () => {
    await using opened = await openInbox(browser(), { messages: [] })

    await opened.page.getByText('Nothing yet. Point your application here:').waitFor()
    await opened.page.getByText('SMTP_URL=smtp://sandbox:sandbox@127.0.0.1:1025').waitFor()
  })

  it('clears everything, but only after asking', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash: SMS })
    const { page, inbox } = opened
    await page.getByRole('button', { name: 'Clear all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(inbox.messages.length).toBeGreaterThan(0)

    await page.getByRole('button', { name: 'Clear all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Clear all' }).click()

    await page.getByText('Nothing yet.').waitFor()
    expect(inbox.messages).toEqual([])
    expect(opened.troubles).toEqual([])
  })

  it('says so when the sandbox refuses', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash: SMS })
    await opened.page.getByText('Segments').waitFor()
    await opened.page.route('**/api/messages/*', (route) =>
      route.fulfill({ status: 409, json: { error: { code: 'BUSY', message: 'Try later' } } }),
    )

    await opened.page.getByRole('button', { name: 'Delete' }).click()

    await opened.page.getByText('That did not work: Try later').waitFor()
  })
})
