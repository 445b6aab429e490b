import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { CentrifugoDriver } from '../../../src/channels/websocket/centrifugo/driver.ts'
import { startFakeCentrifugo } from '../../../src/channels/websocket/centrifugo/fake.ts'
import { WebSocketDriver } from '../../../src/channels/websocket/driver.ts'
import { examineOne, finding, statuses } from './support.ts'

const hub = { jwt: { keys: ['k'.repeat(32)] } }

it('finds nothing wrong with a hub', async () => {
  const driver = new WebSocketDriver(hub)
  driver.attach(createServer())

  expect(statuses(await examineOne(driver))).toEqual({
    ...{ configuration: 'ok', package: 'ok', credentials: 'ok' },
  })
})

it('does not blame a hub for serving nobody here', async () => {
  const found = await examineOne(new WebSocketDriver(hub))

  expect(finding(found, 'credentials')).toMatchObject({
    status: 'skipped',
    message: 'library and broker are ready; clients connect to your application, not to this command',
  })
})

it('finds that ws is missing', async () => {
  const absent = Object.assign(new Error("Cannot find package 'ws' imported from hub.js"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  const driver = new WebSocketDriver(hub, { loadWs: () => Promise.reject(absent) })

  const found = await examineOne(driver)

  expect(finding(found, 'package')).toEqual({
    ...{ name: 'package', status: 'failed', code: 'INVALID_CONFIG' },
    message: 'the package ws is not installed',
    fix: 'Run: npm install "ws@^8.23.0"',
  })
  expect(finding(found, 'credentials')?.status).toBe('skipped')
})

it('finds nothing wrong with Centrifugo, and publishes nothing', async () => {
  await using fake = await startFakeCentrifugo()

  const found = await examineOne(new CentrifugoDriver(fake.config))

  expect(statuses(found)).toMatchObject({ tcp: 'ok', clock: 'ok', credentials: 'ok' })
  expect(fake.accepted).toEqual([])
})

it('finds a wrong key of Centrifugo, and does not show it', async () => {
  await using fake = await startFakeCentrifugo()

  const found = await examineOne(new CentrifugoDriver({ ...fake.config, apiKey: 'not-the-key-9' }))

  expect(finding(found, 'credentials')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED' },
    fix: 'Give the http_api.key of the server as apiKey',
  })
  expect(JSON.stringify(found)).not.toContain('not-the-key-9')
})
