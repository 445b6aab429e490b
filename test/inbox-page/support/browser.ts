/** One Chromium for all tests of a file. Without one they are left out, but fail in CI. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { findChromium, launchChromium } from '../../support/chromium.ts'

const PATIENCE_MS = 60_000

export function describeInChromium(name: string, tests: (browser: () => Browser) => void): void {
  describe.skipIf(!findChromium() && !process.env['CI'])(name, { timeout: PATIENCE_MS }, () => {
    let browser: Browser | undefined
    beforeAll(async () => {
      browser = await launchChromium()
    }, PATIENCE_MS)
    afterAll(() => browser?.close())
    tests(() => {
      if (!browser) throw new Error('Chromium has not started')
      return browser
    })
  })
}
