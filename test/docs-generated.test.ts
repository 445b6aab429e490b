import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generated } from '../scripts/generated-docs.ts'

it.each(Object.entries(generated))('%s is what `npm run docs` makes of the code', (page, make) => {
  const text = readFileSync(join(import.meta.dirname, '..', page), 'utf8')

  expect(text).toBe(make(text))
})

it.each(['email', 'sms', 'wechat', 'apns', 'websocket', 'centrifugo'])(
  'the page of %s has the headings of every channel',
  (channel) => {
    const text = readFileSync(join(import.meta.dirname, '..', 'docs', 'channels', `${channel}.md`), 'utf8')
    const headings = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/^## (.+)$/gm)].map((match) => match[1])

    expect(headings).toEqual(['Install', 'Send', 'Message', 'Config', 'Errors', 'Test', 'Limits'])
  },
)
