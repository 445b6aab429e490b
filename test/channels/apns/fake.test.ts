/** The fake is as strict as Apple: what it lets pass, Apple takes. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { connect } from 'node:http2'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFakeApns, type FakeApns } from '../../../src/channels/apns/fake.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { newToken } from './bench.ts'

const MINUTE = 60_000

let clock: FakeClock
let fake: FakeApns
beforeAll(async () => {
  clock = new FakeClock()
  fake = await startFakeApns({ clock })
})
afterAll(() => fake.close())

interface Claims {
  readonly key?: string
  readonly kid?: string
  readonly iss?: string
  readonly alg?: string
  readonly agoMs?: number
  readonly der?: boolean
}

function bearer({ key, kid, iss, alg = 'ES256', agoMs = 0, der = false }: Claims = {}): string {
  const { credentials } = fake
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: iss ?? credentials.teamId, iat: Math.floor((clock.now() - agoMs) / 1000) }
  const text = `${part({ alg, kid: kid ?? credentials.keyId })}.${part(claims)}`
  const dsaEncoding = der ? 'der' : 'ieee-p1363'
  const signature = sign('sha256', Buffer.from(text), { key: key ?? credentials.key, dsaEncoding })
  return `bearer ${text}.${signature.toString('base64url')}`
}

async function post(headers: Record<string, string | undefined>, body = '{"aps":{"alert":"T"}}') {
  const session = connect(`https://localhost:${fake.port}`, { ca: fake.ca })
  const all = {
    ':method': 'POST',
    ':path': `/3/device/${newToken()}`,
    'apns-topic': fake.bundleId,
    authorization: good,
    ...headers,
  }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
  const stream = session.request(Object.fromEntries(given))
  stream.end(body)
  let text = ''
  let status: unknown
  stream.on('response', (reply) => (status = reply[':status']))
  for await (const chunk of stream) text += String(chunk)
  session.close()
  const reply = text === '' ? {} : (JSON.parse(text) as { reason?: string })
  return { status, reason: reply.reason }
}

let good: string
beforeAll(() => {
  good = bearer()
})

const stranger = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

it('accepts a right push', async () => {
  expect(await post({})).toEqual({ status: 200, reason: undefined })
})

it.each<[string, () => string | undefined, number, string]>([
  ['no token', () => undefined, 403, 'MissingProviderToken'],
  ['a token that is no JWT', () => 'bearer x.y', 403, 'InvalidProviderToken'],
  ['a token signed with another key', () => bearer({ key: stranger() }), 403, 'InvalidProviderToken'],
  ['a DER signature', () => bearer({ der: true }), 403, 'InvalidProviderToken'],
  ['another key id', () => bearer({ kid: 'OTHERKEY12' }), 403, 'InvalidProviderToken'],
  ['another team', () => bearer({ iss: 'OTHERTEAM1' }), 403, 'InvalidProviderToken'],
  ['another algorithm', () => bearer({ alg: 'HS256' }), 403, 'InvalidProviderToken'],
  ['a token of tomorrow', () => bearer({ agoMs: -24 * 60 * MINUTE }), 403, 'InvalidProviderToken'],
  ['a second token at once', () => bearer({ agoMs: MINUTE }), 429, 'TooManyProviderTokenUpdates'],
])('refuses %s', async (_, authorization, status, reason) => {
  await post({})

  expect(await post({ authorization: authorization() })).toEqual({ status, reason })
})

it('takes a token for an hour, and another after twenty minutes', async () => {
  await post({})

  clock.jump(59 * MINUTE)
  const inTime = await post({})
  clock.jump(2 * MINUTE)
  const tooLate = await post({})
  good = bearer()
  const renewed = await post({})

  expect(inTime.status).toBe(200)
  expect(tooLate).toEqual({ status: 403, reason: 'ExpiredProviderToken' })
  expect(renewed.status).toBe(200)
})

it.each<[string, Record<string, string | undefined>, string, number, string]>([
  ['another method', { ':method': 'PUT' }, '{}', 405, 'MethodNotAllowed'],
  ['another path', { ':path': '/4/device/x' }, '{}', 404, 'BadPath'],
  ['no device token', { ':path': '/3/device/' }, '{}', 400, 'MissingDeviceToken'],
  ['a device token of zeros', { ':path': `/3/device/${'0'.repeat(64)}` }, '{}', 400, 'BadDeviceToken'],
  ['a device token that is not hex', { ':path': '/3/device/xyz' }, '{}', 400, 'BadDeviceToken'],
  ['no topic', { 'apns-topic': undefined }, '{}', 400, 'MissingTopic'],
  ['the topic of another app', { 'apns-topic': 'com.other' }, '{}', 400, 'TopicDisallowed'],
  ['a topic that is not of the type', { 'apns-push-type': 'voip' }, '{}', 400, 'InvalidPushType'],
  ['an unknown type', { 'apns-push-type': 'sms' }, '{}', 400, 'InvalidPushType'],
  ['a priority of 7', { 'apns-priority': '7' }, '{}', 400, 'BadPriority'],
  ['a background push of priority 10', { 'apns-push-type': 'background' }, '{}', 400, 'BadPriority'],
  ['an expiration in words', { 'apns-expiration': 'soon' }, '{}', 400, 'BadExpirationDate'],
  ['a long collapse id', { 'apns-collapse-id': 'x'.repeat(65) }, '{}', 400, 'BadCollapseId'],
  ['an id that is no UUID', { 'apns-id': '42' }, '{}', 400, 'BadMessageId'],
  ['an empty payload', {}, '', 400, 'PayloadEmpty'],
  ['a payload that is no JSON', {}, '{"aps":', 400, 'PayloadEmpty'],
  ['4,097 bytes', {}, JSON.stringify({ x: 'x'.repeat(4089) }), 413, 'PayloadTooLarge'],
])('refuses %s', async (_, headers, body, status, reason) => {
  expect(await post(headers, body)).toEqual({ status, reason })
})

it('takes 4,096 bytes', async () => {
  expect(await post({}, JSON.stringify({ x: 'x'.repeat(4088) }))).toMatchObject({ status: 200 })
})
