/** Each kind of message is shown as its recipient sees it, in both languages. */
import { expect, it } from 'vitest'
import { describeInChromium } from './support/browser.ts'
import { exampleMessages } from './support/example-messages.ts'
import { openInbox } from './support/open-inbox.ts'

const EMAIL = '#/m/01990090-0000-7000-8000-000000000000'
const PLAIN_EMAIL = '#/m/01990050-0000-7000-8000-000000000000'
const REFUSED = '#/m/01990020-0000-7000-8000-000000000000'
const SMS = '#/m/01990080-0000-7000-8000-000000000000'
const LOST_SMS = '#/m/01990040-0000-7000-8000-000000000000'
const WECHAT = '#/m/01990070-0000-7000-8000-000000000000'
const PUSH = '#/m/01990075-0000-7000-8000-000000000000'
const SILENT = '#/m/01990055-0000-7000-8000-000000000000'
const WEBSOCKET = '#/m/01990031-0000-7000-8000-000000000000'

/** Of each message, texts that its view shows in English and in Chinese. */
const SHOWN = [
  [EMAIL, ['Lumen Shop <orders@shop.example>', 'Desktop', 'Phone'], ['发件人', '桌面', '手机']],
  [PLAIN_EMAIL, ['No HTML part', '本周共有 1,204 位访客。'], ['没有 HTML 部分', '本周共有']],
  [REFUSED, ['refused before its content', 'Refused', '550 No such user'], ['被拒绝', '550 No such user']],
  [SMS, ['【流明商店】', 'Segments', 'UCS-2', 'an estimate', 'CN¥0.045'], ['计费条数', '估算值', '384912']],
  [LOST_SMS, ['Lost', 'reset_accepted', 'The provider kept it'], ['已丢失', '但服务商仍然收下了它']],
  [WECHAT, ['Service Notifications', '取餐提醒', 'Enter mini program'], ['服务通知', '进入小程序查看']],
  [PUSH, ['Time Sensitive', 'Your courier is near', '2 more of this thread'], ['时效性通知', '还有 2 条']],
  [SILENT, ['Silent push'], ['静默推送']],
  [WEBSOCKET, ['User ann', 'Your export has started', 'received', 'this message'], ['用户 ann', '已收到']],
] as const

describeInChromium('the page', (browser) => {
  it.each(SHOWN)('shows %s in English and in Chinese', async (hash, english, chinese) => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash })
    const main = opened.page.locator('main')

    for (const text of english) await main.getByText(text).first().waitFor({ timeout: 5_000 })
    await opened.page.getByRole('button', { name: '中文' }).click()
    for (const text of chinese) await main.getByText(text).first().waitFor({ timeout: 5_000 })

    await expect(opened.page.evaluate('document.documentElement.lang')).resolves.toBe('zh-CN')
    expect(opened.troubles).toEqual([])
  })

  it('starts in Chinese where the browser prefers it, and remembers what was chosen', async () => {
    await using opened = await openInbox(browser(), { messages: [], locale: 'zh-CN' })
    await opened.page.getByText('还没有消息').waitFor()

    await opened.page.keyboard.press('l')
    await opened.page.reload()

    await opened.page.getByText('Nothing yet.').waitFor()
  })

  it('allows nothing to the frame of an e-mail, on a desktop and a phone, in light and dark', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash: EMAIL })
    const frame = opened.page.locator('main iframe')

    await expect(frame.getAttribute('sandbox')).resolves.toBe('')
    expect((await frame.boundingBox())?.width).toBeGreaterThan(500)
    await opened.page.getByRole('tab', { name: 'Phone' }).click()
    expect((await frame.boundingBox())?.width).toBe(375)
    await opened.page.getByRole('checkbox', { name: 'Dark mode' }).check()

    await expect(frame.getAttribute('src')).resolves.toMatch(/\/html\?theme=dark$/)
    await opened.page.frameLocator('main iframe').getByText('LUMEN SHOP').waitFor()
  })

  it('shows what lies behind an e-mail', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash: EMAIL })
    const tab = (name: RegExp) => opened.page.getByRole('tab', { name }).click()
    const panel = opened.page.getByRole('tabpanel')

    await tab(/Headers/)
    await panel.getByText('List-Unsubscribe').waitFor()
    await panel.getByText('audit@shop.example').waitFor()
    await tab(/Source/)
    await panel.getByText('Subject: Your order #4711').waitFor()
    await tab(/Attachments/)
    await expect(panel.getByRole('link').first().getAttribute('download')).resolves.toBe('invoice-4711.pdf')
    await tab(/Hints/)
    await panel.getByText('A link is not encrypted (http)').waitFor()
    await tab(/Trace/)
    await panel.getByText('RATE_LIMITED').waitFor()
    await panel.getByText('waits 400 ms').waitFor()
    await tab(/Exchange/)
    await panel.getByText('250 Queued').waitFor()
  })

  it('lets only harmless links be followed, without telling where from', async () => {
    await using opened = await openInbox(browser(), { messages: exampleMessages(), hash: EMAIL })
    await opened.page.getByRole('tab', { name: /Links/ }).click()
    const links = opened.page.getByRole('tabpanel').getByRole('link')

    await opened.page.getByText('A script; readers do not run it').waitFor()
    const hrefs = await Promise.all((await links.all()).map((link) => link.getAttribute('href')))

    expect(hrefs).toEqual([
      'https://shop.example/t/4711',
      'http://shop.example/help',
      'http://localhost:3000/account',
      'mailto:help@shop.example',
    ])
    await expect(links.first().getAttribute('rel')).resolves.toBe('noreferrer noopener')
  })

  it('shows an acknowledgement as soon as it comes', async () => {
    const messages = exampleMessages()
    await using opened = await openInbox(browser(), { messages, hash: WEBSOCKET })
    const message = messages.find(({ id }) => WEBSOCKET.endsWith(id))
    if (message?.view?.kind !== 'websocket') throw new Error('There is no such example')
    await opened.page.getByText('this message').waitFor()

    const ack = { user: 'ann', device: 'Kiosk', at: message.at + 9_000, type: 'seen' } as const
    opened.inbox.change({ ...message, view: { ...message.view, acks: [...message.view.acks, ack] } })

    await opened.page.getByText('ann · Kiosk').waitFor()
  })
})
