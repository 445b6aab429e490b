/** The list: search, channels, live messages, and very many of them. */
import { expect, it } from 'vitest'
import { describeInChromium } from './support/browser.ts'
import { exampleMessages, idOf, manyMessages } from './support/example-messages.ts'
import { openInbox, type OpenInbox } from './support/open-inbox.ts'

const rows = ({ page }: OpenInbox) => page.getByRole('option')
const hashOf = ({ page }: OpenInbox) => page.evaluate<string>('location.hash')

describeInChromium('the list', (browser) => {
  it('finds what is searched for, and keeps it in the address', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages() })
    await rows(opened).first().waitFor()

    await opened.page.getByRole('searchbox', { name: 'Search messages' }).fill('export ready')

    await expect.poll(() => rows(opened).count()).toBe(1)
    await expect(hashOf(opened)).resolves.toBe('#/?q=export+ready')
    await opened.page.reload()
    await expect.poll(() => rows(opened).count()).toBe(1)
    await opened.page.getByRole('button', { name: 'Clear the search' }).click()
    await expect.poll(() => rows(opened).count()).toBeGreaterThan(1)
  })

  it('shows one channel, goes back and forward, and opens a permanent link', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages() })
    await opened.page.getByTitle('SMS', { exact: true }).first().click()
    await expect.poll(() => rows(opened).count()).toBe(2)
    await rows(opened).first().click()
    await opened.page.getByRole('heading', { name: '流明商店 SMS_154950909' }).waitFor()
    await expect(hashOf(opened)).resolves.toMatch(/^#\/m\/01990080-.*\?channel=sms$/)

    await opened.page.goBack()
    await opened.page.getByText('Choose a message').waitFor()
    await opened.page.goBack()
    await expect.poll(() => rows(opened).count()).toBeGreaterThan(2)
    await opened.page.goForward()
    await opened.page.goForward()

    await opened.page.getByRole('heading', { name: '流明商店 SMS_154950909' }).waitFor()
  })

  it('shows a new message at once, tells of it, and takes a deleted one away', async () => {
    const [sample, ...messages] = exampleMessages().toReversed()
    if (!sample) throw new Error('There is no example')
    await using opened = await openInbox(browser(), { messages: messages.toReversed() })
    await opened.page.getByText('Live').waitFor()
    await rows(opened).first().waitFor()

    opened.inbox.capture({ ...sample, title: 'Fresh from the oven' })

    await rows(opened).first().getByText('Fresh from the oven').waitFor()
    await opened.page.getByText('New message: Fresh from the oven').waitFor({ state: 'attached' })
    await rows(opened).first().click()
    await opened.page.getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => rows(opened).getByText('Fresh from the oven').count()).toBe(0)
    expect(opened.inbox.messages.some(({ id }) => id === sample.id)).toBe(false)
    expect(opened.troubles).toEqual([])
  })

  it('connects again by itself, and then has what came meanwhile', async () => {
    await using opened = await openInbox(browser(), { messages: manyMessages(3) })
    await opened.page.getByText('Live').waitFor()

    opened.inbox.disconnect()
    opened.inbox.messages.push(...manyMessages(4).slice(3))

    await opened.page.getByText('Connection lost').waitFor()
    await expect.poll(() => rows(opened).count(), { timeout: 10_000 }).toBe(4)
    await opened.page.getByText('Live').waitFor()
  })

  it('stays usable with 10,000 messages', async () => {
    await using opened = await openInbox(browser(), { messages: manyMessages(10_000) })
    await opened.page.getByText('10,000 messages').waitFor()
    await expect.poll(() => rows(opened).count()).toBeLessThan(40)

    const started = Date.now()
    await opened.page.evaluate(`document.getElementById('list').scrollTop = 1e9`)
    await opened.page.getByText('Message 1', { exact: true }).waitFor()

    expect(Date.now() - started).toBeLessThan(5_000)
    expect(await rows(opened).count()).toBeLessThan(40)
    await expect(rows(opened).last().getAttribute('aria-posinset')).resolves.toBe('10000')
    await expect(rows(opened).last().getAttribute('aria-setsize')).resolves.toBe('10000')
    await opened.page.getByText('Message 1', { exact: true }).click()
    await opened.page.getByRole('heading', { name: 'Message 1', exact: true }).waitFor()
  })

  it('keeps its place while 1,000 messages come in above', async () => {
    await using opened = await openInbox(browser(), { messages: manyMessages(500) })
    await opened.page.getByText('Live').waitFor()
    await rows(opened).first().waitFor()
    await opened.page.evaluate(`document.getElementById('list').scrollTop = 78 * 50`)
    const before = opened.page.getByText('Message 445', { exact: true })
    await before.waitFor()
    const place = await before.boundingBox()

    const [sample] = manyMessages(1)
    if (!sample) throw new Error('There is no message')
    for (const number of Array.from({ length: 1_000 }, (_, index) => 501 + index))
      opened.inbox.capture({ ...sample, id: idOf(number), title: `Message ${number}` })

    await opened.page.getByText('1,500 messages').waitFor()
    await opened.page.getByText('1000 new messages').first().waitFor()
    expect((await before.boundingBox())?.y).toBe(place?.y)
    expect(await rows(opened).count()).toBeLessThan(40)
  })

  it('shows one column on a phone, with a way back', async () => {
    const viewport = { width: 390, height: 844 }
    await using opened = await openInbox(browser(), { messages: exampleMessages(), viewport })
    await rows(opened).first().click()
    await opened.page.getByRole('tab', { name: 'Desktop' }).waitFor()
    await expect(opened.page.getByRole('listbox').isVisible()).resolves.toBe(false)

    await opened.page.getByRole('button', { name: 'Back to the list' }).click()

    await opened.page.getByRole('listbox').waitFor()
    const width = await opened.page.evaluate('document.documentElement.scrollWidth')
    expect(width).toBe(390)
  })
})
