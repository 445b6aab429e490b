import { expect, it } from 'vitest'
import { watchHub } from '../../src/opentelemetry/index.ts'
import { startHub } from '../channels/websocket/support/hub.ts'
import { Telemetry } from './telemetry.ts'

async function valuesOf(telemetry: Telemetry, metric: string) {
  const series = await telemetry.series(`notiwire.websocket.${metric}`)
  return series.map(({ value, attributes }) => ({ value, ...attributes }))
}

it('tells how many are connected, how they left, and what they were sent', async () => {
  await using hub = await startHub()
  const telemetry = new Telemetry()
  watchHub(hub.driver, telemetry)
  const device = await hub.join('1001')
  await hub.join('2002')

  await hub.notify.send('push', { to: { all: true }, title: 'hi' })
  await hub.driver.disconnect({ user: '1001' })
  await device.closed
  await hub.audience.join(hub.url, { headers: { origin: 'https://evil.example' } }).catch(() => undefined)
  await hub.audience.settled()

  expect(await valuesOf(telemetry, 'connections')).toEqual([{ value: 1 }])
  expect(await valuesOf(telemetry, 'connects')).toEqual([{ value: 2 }])
  expect(await valuesOf(telemetry, 'publications')).toEqual([{ value: 1 }])
  expect(await valuesOf(telemetry, 'disconnects')).toEqual([
    { value: 1, 'notiwire.websocket.close_code': 3503 },
  ])
  expect(await valuesOf(telemetry, 'refused')).toEqual([{ value: 1, 'http.response.status_code': 403 }])
})

it('names nobody, whatever is measured', async () => {
  await using hub = await startHub()
  const telemetry = new Telemetry()
  watchHub(hub.driver, telemetry)
  await hub.join('secret-user')
  await hub.notify.send('push', { to: { user: 'secret-user' }, title: 'secret title' })

  const told = JSON.stringify(await telemetry.series())

  expect(told).toContain('notiwire.websocket.frames')
  expect(told).not.toContain('secret')
})

it('tells nothing any more when it is stopped', async () => {
  await using hub = await startHub()
  const telemetry = new Telemetry()
  const stop = watchHub(hub.driver, telemetry)

  stop()

  expect(await telemetry.series()).toEqual([])
})

it('refuses what is no driver and no provider, naming both', () => {
  const watch = () => watchHub({} as never, { meterProvider: {} as never })

  expect(watch).toThrowError(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      issues: [
        expect.objectContaining({ path: 'driver' }),
        expect.objectContaining({ path: 'meterProvider' }),
      ],
    }),
  )
})
