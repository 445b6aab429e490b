/** A recipient that is one word (digits, an openid, a device token) could pass for the name of something. */
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { Carrier } from './carrier.ts'
import { warningsDuring } from './warnings.ts'

const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
const complain = (): never => {
  throw new Error(OPENID)
}

it('an error of `by` whose whole text is the recipient does not show it', async () => {
  const recipient = { rates: [{ limit: 1, perMs: 1_000 }], by: complain }
  const limits = { providers: { memory: { recipient } } }
  const notify = createNotify({ channels: { memory: new Carrier() }, limits })

  const result = await notify.send('memory', { to: OPENID })

  expect(inspect(result, { depth: 9, showHidden: true })).not.toContain(OPENID)
})

it.each(['name', 'code'])(
  'a warning of a hook whose error has the recipient as its %s does not show it',
  async (field) => {
    const onEvent = () => {
      throw Object.assign(new Error('x'), { [field]: '8613800138000' })
    }
    const notify = createNotify({ channels: { memory: new Carrier() }, hooks: { onEvent } })

    const warnings = await warningsDuring(() => notify.send('memory', { to: '8613800138000' }))

    expect(warnings.map(({ message }) => message).join()).not.toContain('13800138000')
  },
)

it('an unknown channel that is an openid or a device token is not quoted', async () => {
  const notify = createNotify({ channels: { memory: new Carrier() } })

  const result = await notify.send(OPENID as 'memory', { to: 'a' })

  expect(inspect(result, { depth: 9 })).not.toContain(OPENID)
})
