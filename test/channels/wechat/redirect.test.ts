/** Whom a WeChat message is for, the same message for another user, and what would be sent. */
import { describe, expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { findSecrets } from '../../../src/testing/index.ts'
import { PARCEL, type Kind } from './bench.ts'

const TESTER = `o${'Tester_'.repeat(4)}`
const FACTORIES = { miniProgram, officialAccount }

async function setUp(kind: Kind) {
  const fake = await startFakeWechat({ openids: [TESTER] })
  const { config, openid, template } = fake[kind]
  const driver = FACTORIES[kind](config)
  const link = kind === 'miniProgram' ? { page: 'pages/order?id=1' } : { url: 'https://example.com/?id=1' }
  const data = { thing1: PARCEL, time2: '15:01' }
  const message = driver.parse({ to: openid, template, data, ...link }) as never
  return {
    fake,
    driver: driver as ReturnType<typeof miniProgram>,
    message,
    openid,
    async [Symbol.asyncDispose]() {
      await driver.close()
      await fake.close()
    },
  }
}

describe.each(['miniProgram', 'officialAccount'] as const)('%s', (kind) => {
  it('names the openid as the recipient', async () => {
    await using bench = await setUp(kind)

    expect(bench.driver.recipients(bench.message)).toEqual([bench.openid])
  })

  it('sends a redirected message to the other user alone, and changes nothing else', async () => {
    await using bench = await setUp(kind)
    const { driver, fake, message } = bench

    await driver.send(driver.redirected(message, TESTER), new Attempt({ id: 'one' }))
    await driver.send(message, new Attempt({ id: 'two' }))

    const [redirected, original] = fake.accepted
    expect(redirected?.to).toBe(TESTER)
    expect(original).toEqual({
      ...redirected,
      to: bench.openid,
      msgid: original?.msgid,
      ...(kind === 'officialAccount' && { clientMsgId: original?.clientMsgId }),
    })
  })

  it.each([
    ['a telephone number', '13800138000'],
    ['two openids', `${TESTER},${TESTER}`],
    ['a list in plain JavaScript', [TESTER] as never],
  ])('cannot redirect to %s, and does not quote it', async (_, to) => {
    await using bench = await setUp(kind)

    const redirect = () => bench.driver.redirected(bench.message, to)

    expect(redirect).toThrow(NotifyError)
    const error = thrownBy(redirect)
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'guard.redirectTo' }] })
    expect(findSecrets(error, ['13800138000', TESTER])).toEqual([])
  })

  it('renders the very body that it sends, without a token and without asking WeChat', async () => {
    await using bench = await setUp(kind)
    const { driver, fake, message } = bench
    const attempt = new Attempt({ id: 'one', idempotencyKey: 'order-42' })

    const { path, body } = await driver.render(message, attempt)

    expect(fake.calls).toEqual({ message: 0, token: 0 })
    await driver.send(message, attempt)
    const sent = fake.accepted[0]
    expect(path).toBe(
      kind === 'miniProgram' ? '/cgi-bin/message/subscribe/send' : '/cgi-bin/message/template/send',
    )
    expect(body).toMatchObject({
      touser: sent?.to,
      template_id: sent?.template,
      data: { thing1: { value: PARCEL }, time2: { value: '15:01' } },
    })
    expect(body['client_msg_id']).toBe(sent?.clientMsgId)
    expect(body['page']).toBe(sent?.page)
    expect(body['url']).toBe(sent?.url)
    expect(findSecrets({ path, body }, [fake[kind].config.appSecret, ...fake[kind].tokens])).toEqual([])
  })
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
