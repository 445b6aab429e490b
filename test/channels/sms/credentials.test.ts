import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { errorOf, secretsOf, startBench } from './support.ts'

const OLD = {
  accessKeyId: 'STS.OldKeyId',
  accessKeySecret: 'OldKeySecret',
  securityToken: 'OldSecurityToken',
}
const NEW = {
  accessKeyId: 'STS.NewKeyId',
  accessKeySecret: 'NewKeySecret',
  securityToken: 'NewSecurityToken',
}
const PLANTED = [...Object.values(OLD), ...Object.values(NEW)]

describe('temporary credentials', () => {
  it('are sent with their token', async () => {
    await using bench = await startBench({ fake: OLD })

    expect((await bench.send()).status).toBe('sent')
  })

  it('are asked for again, once, when Aliyun says that they have expired', async () => {
    const given = [OLD, NEW]
    const credentials = () => Promise.resolve(given.shift() ?? OLD)
    await using bench = await startBench({ fake: OLD, credentials })
    bench.fake.rotate(NEW)

    expect((await bench.send()).status).toBe('sent')
    expect(bench.fake.refused).toEqual(['InvalidSecurityToken.Expired'])
    expect(bench.fake.accepted).toHaveLength(1)
  })

  it('that have expired are reported as such when there are no others', async () => {
    await using bench = await startBench({ fake: OLD, credentials: () => Promise.resolve(OLD) })
    bench.fake.rotate(NEW)

    const result = await bench.send()

    expect(errorOf(result)).toMatchObject({ code: 'UNAUTHORIZED', delivery: 'not_sent' })
    expect(errorOf(result).provider?.code).toBe('InvalidSecurityToken.Expired')
    expect(findSecrets(result, PLANTED)).toEqual([])
    expect(bench.fake.refused).toHaveLength(1)
  })
})

describe('a function for credentials', () => {
  it('is asked for every call, so that keys can be rotated without a restart', async () => {
    let keys: { accessKeyId: string; accessKeySecret: string } = OLD
    await using bench = await startBench({ fake: OLD, credentials: () => Promise.resolve(keys) })

    await bench.send()
    bench.fake.rotate(NEW)
    keys = NEW

    expect((await bench.send()).status).toBe('sent')
  })

  it.each([
    ['UNAUTHORIZED', new Error(`no role ${OLD.accessKeySecret}`)],
    ['UNAVAILABLE', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['QUOTA_EXHAUSTED', new NotifyError('QUOTA_EXHAUSTED', 'My own word')],
    ['TIMED_OUT', new NotifyError('TIMED_OUT', 'My own word')],
  ])('that throws makes the send fail as %s, not sent', async (code, cause) => {
    let isBroken = false
    const credentials = () => (isBroken ? Promise.reject(cause) : Promise.resolve(OLD))
    await using bench = await startBench({ fake: OLD, credentials })
    await bench.send()
    isBroken = true

    const result = await bench.send()

    expect(errorOf(result)).toMatchObject({ code, delivery: 'not_sent' })
    expect(findSecrets(result, PLANTED)).toEqual([])
  })

  it('that throws at once is heard too', async () => {
    const credentials = () => {
      throw new Error('at once')
    }
    await using bench = await startBench({ credentials })

    expect(errorOf(await bench.send())).toMatchObject({ code: 'UNAUTHORIZED', delivery: 'not_sent' })
  })

  it('may correct a secret under the same id, and neither of the two is shown', async () => {
    const RIGHT = { accessKeyId: 'TheKeyId', accessKeySecret: 'TheRightSecret' }
    let keys = { ...RIGHT, accessKeySecret: 'TheWrongSecret' }
    await using bench = await startBench({ fake: RIGHT, credentials: () => Promise.resolve(keys) })

    expect(errorOf(await bench.send()).code).toBe('UNAUTHORIZED')
    keys = RIGHT
    bench.fake.refuseNext('isv.CODE_ERROR', { message: 'TheRightSecret and TheWrongSecret' })
    const result = await bench.send()

    expect(errorOf(result).provider?.code).toBe('isv.CODE_ERROR')
    expect(findSecrets(result, ['TheRightSecret', 'TheWrongSecret'])).toEqual([])
    expect((await bench.send()).status).toBe('sent')
  })

  it('that returns something else is told what was expected', async () => {
    const credentials = () => Promise.resolve({ accessKeyId: 'a b' } as never)
    await using bench = await startBench({ credentials })

    const error = errorOf(await bench.send())

    expect(error.code).toBe('INVALID_CONFIG')
    expect(error.issues?.map(({ path }) => path)).toEqual(['accessKeyId', 'accessKeySecret'])
  })

  it('that never answers does not hold an aborted send', async () => {
    await using bench = await startBench({ credentials: () => new Promise(() => undefined) })
    const abort = new AbortController()

    const sending = bench.send({}, { signal: abort.signal })
    abort.abort()

    expect(errorOf(await sending)).toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
  })
})

describe('keys are not shown', () => {
  it('by the driver, however it is printed', () => {
    const driver = aliyun({ ...OLD, signName: 'Acme' })

    expect(findSecrets(driver, Object.values(OLD))).toEqual([])
    expect(inspect(driver, { depth: 9, showHidden: true })).not.toContain('OldKey')
  })

  it('by a refused signature, which quotes all that was signed', async () => {
    await using bench = await startBench({ accessKeySecret: 'NotTheSecret' })

    const result = await bench.send({ params: { code: '8342' } })

    expect(errorOf(result)).toMatchObject({
      code: 'UNAUTHORIZED',
      provider: { code: 'SignatureDoesNotMatch' },
    })
    expect(errorOf(result).provider?.message).toBe('Specified signature is not matched with our calculation.')
    expect(findSecrets(result, [...secretsOf(bench.fake), 'NotTheSecret', '8342'])).toEqual([])
  })
})
