/** The Centrifugo driver keeps every promise a driver makes. */
import { describe, it } from 'vitest'
import { centrifugo } from '../../../../src/channels/websocket/centrifugo/centrifugo.ts'
import { startFakeCentrifugo } from '../../../../src/channels/websocket/centrifugo/fake.ts'
import { describeNotifier } from '../../../../src/testing/index.ts'
import { TITLE, USER } from './bench.ts'

const valid = { to: { user: USER }, title: TITLE, data: { order: 7 } }

describeNotifier(
  'centrifugo',
  {
    startFake: () => startFakeCentrifugo(),
    create: ({ config }, clock) => centrifugo(config, { clock }),
    createUnauthorized: ({ config }, clock) =>
      centrifugo({ ...config, apiKey: 'not-the-key-0123' }, { clock }),
    valid: () => valid,
    invalid: {
      'a message without content': { to: { user: USER } },
      'a message to nobody': { title: TITLE },
      'a message to two kinds of recipients': { ...valid, to: { user: USER, topic: 'orders' } },
      'a message to everyone where no channel of everyone is configured': { ...valid, to: { all: true } },
      'a user whose messages other users could read': { ...valid, to: { user: '1001,1002' } },
      'a user whose id the server would take for a namespace': { ...valid, to: { user: 'tenant:1001' } },
      'a misspelled field': { ...valid, titel: 'Hello' },
      'data that JSON cannot carry': { ...valid, data: { total: 10n } },
      'a link that runs a script': { ...valid, url: 'javascript:alert(1)' },
    },
    secrets: ({ config }) => [config.apiKey, 'not-the-key-0123', USER, TITLE],
    refusals: {
      'an unknown namespace': {
        arrange: (fake) => fake.refuseNext(102, { message: `unknown channel #${USER}` }),
        code: 'INVALID_CONFIG',
        delivery: 'not_sent',
      },
      'a request that is none': {
        arrange: (fake) => fake.refuseNext(107),
        code: 'INVALID_MESSAGE',
        delivery: 'not_sent',
      },
      'too many requests': {
        arrange: (fake) => fake.refuseNext(111),
        code: 'RATE_LIMITED',
        delivery: 'not_sent',
      },
      'a broker that is down': {
        arrange: (fake) => fake.refuseNext(100),
        code: 'UNAVAILABLE',
        delivery: 'unknown',
      },
      'a code nobody knows': {
        arrange: (fake) => fake.refuseNext(999),
        code: 'DRIVER_FAILED',
        delivery: 'unknown',
      },
      'a gateway’s HTML page': {
        arrange: (fake) => fake.answerNext({ status: 502, body: `<html>#${USER} ${TITLE}</html>` }),
        code: 'UNAVAILABLE',
        delivery: 'unknown',
      },
      'a body that is too large for a proxy': {
        arrange: (fake) => fake.answerNext({ status: 413, body: '' }),
        code: 'PAYLOAD_TOO_LARGE',
        delivery: 'not_sent',
      },
    },
    faults: {
      unreachable: { code: 'UNAVAILABLE', delivery: 'not_sent' },
      stall: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset: { code: 'UNAVAILABLE', delivery: 'unknown' },
      stall_accepted: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset_accepted: { code: 'UNAVAILABLE', delivery: 'unknown' },
      garbage: { code: 'DRIVER_FAILED', delivery: 'unknown' },
    },
  },
  { describe, it },
)
