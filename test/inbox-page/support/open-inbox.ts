/** A page of the inbox in a browser, and what has gone wrong in it. */
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { CapturedMessage } from '../../../src/sandbox/captured.ts'
import { startFixtureInbox, type FixtureInbox } from './fixture-server.ts'

export interface OpenInbox extends AsyncDisposable {
  readonly page: Page
  readonly inbox: FixtureInbox
  /** Errors of scripts, of the security policy, and in the console; dialogs that opened. */
  readonly troubles: readonly string[]
  readonly goTo: (hash: string) => Promise<void>
}

interface Opening extends BrowserContextOptions {
  readonly messages: readonly CapturedMessage[]
  readonly hash?: string
}

export async function openInbox(browser: Browser, opening: Opening): Promise<OpenInbox> {
  const { messages, hash = '', ...options } = opening
  const inbox = await startFixtureInbox(messages)
  const context = await browser.newContext({ locale: 'en-US', ...options })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', ({ message }) => troubles.push(message))
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (line) => {
    if (line.type() === 'error') troubles.push(line.text())
  })
  const goTo = async (to: string) => void (await page.evaluate(`location.hash = ${JSON.stringify(to)}`))
  await page.goto(inbox.url + hash)
  return {
    page,
    inbox,
    troubles,
    goTo,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await inbox.close()
    },
  }
}

/** What axe finds serious or critical; its page needs `bypassCSP`. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate('typeof axe === "object"'))) {
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') })
  }
  return page.evaluate(`axe.run(document).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`)
}
