/** The metrics of a WebSocket hub, read when they are collected: nothing is measured between. */
import { metrics, type Attributes, type Meter, type MeterProvider, type Observable } from '@opentelemetry/api'
import { hasMethods } from '../core/checks.ts'
import { invalid } from '../core/parse.ts'
import { quietly } from './guarded.ts'
import type { MeterProviderLike } from './options.ts'

type Tell = (value: number, attributes?: Attributes) => void
type Counts = Readonly<Record<number, number>>

/** What `driver.stats()` of a WebSocket driver tells. */
export interface HubStats {
  readonly connections: number
  readonly channels: number
  readonly bufferedBytesMax: number
  readonly bufferedBytes: number
  readonly connects: number
  readonly disconnects: Counts
  readonly refused: Counts
  readonly publications: number
  readonly frames: number
  readonly writes: number
  readonly dropped: number
  readonly recovered: number
  readonly unrecovered: number
  readonly replayed: number
  readonly acknowledged: number
  readonly heals: number
  readonly flushOverruns: number
}

export interface HubLike {
  stats(): HubStats
}

export interface HubMetricsOptions {
  /** @default the global one, which must be registered by then */
  readonly meterProvider?: MeterProviderLike | undefined
}

interface Row {
  readonly kind: 'counter' | 'upDown' | 'gauge'
  readonly unit: string
  readonly description: string
  readonly read: (stats: HubStats, tell: Tell) => void
}

const ROWS: Readonly<Record<string, Row>> = {
  'notiwire.websocket.connections': upDown(
    '{connection}',
    'Open connections that showed a valid token.',
    'connections',
  ),
  'notiwire.websocket.channels': upDown(
    '{channel}',
    'Channels with a subscriber in this process.',
    'channels',
  ),
  'notiwire.websocket.buffered': upDown(
    'By',
    'Bytes that wait for connections in this process.',
    'bufferedBytes',
  ),
  'notiwire.websocket.buffered.max': {
    ...upDown('By', 'Bytes that wait for the connection that is furthest behind.', 'bufferedBytesMax'),
    kind: 'gauge',
  },
  'notiwire.websocket.connects': counter(
    '{connection}',
    'Connections that showed a valid token.',
    'connects',
  ),
  'notiwire.websocket.disconnects': {
    kind: 'counter',
    unit: '{connection}',
    description: 'Ended connections, by close code.',
    read: ({ disconnects }, tell) => tellEach(disconnects, 'notiwire.websocket.close_code', tell),
  },
  'notiwire.websocket.refused': {
    kind: 'counter',
    unit: '{request}',
    description: 'Refused upgrades, by HTTP status.',
    read: ({ refused }, tell) => tellEach(refused, 'http.response.status_code', tell),
  },
  'notiwire.websocket.publications': counter(
    '{message}',
    'Publications that reached this process.',
    'publications',
  ),
  'notiwire.websocket.frames': counter('{frame}', 'Frames queued to connections.', 'frames'),
  'notiwire.websocket.writes': counter('{write}', 'Calls to the system that carried them.', 'writes'),
  'notiwire.websocket.dropped': counter('{message}', 'Droppable messages left out.', 'dropped'),
  'notiwire.websocket.recoveries': {
    kind: 'counter',
    unit: '{recovery}',
    description: 'Clients that came back, by whether they got all they had missed.',
    read: ({ recovered, unrecovered }, tell) => {
      tell(recovered, { 'notiwire.websocket.recovered': true })
      tell(unrecovered, { 'notiwire.websocket.recovered': false })
    },
  },
  'notiwire.websocket.replayed': counter('{message}', 'Missed publications sent to them.', 'replayed'),
  'notiwire.websocket.acknowledged': counter('{message}', 'Acknowledgements taken.', 'acknowledged'),
  'notiwire.websocket.heals': counter(
    '{channel}',
    'Channels that had missed something from the broker.',
    'heals',
  ),
  'notiwire.websocket.flush_overruns': counter(
    '{flush}',
    'Flushes continued in another turn.',
    'flushOverruns',
  ),
}

/**
 * Tells the metrics of a WebSocket driver to OpenTelemetry.
 * @returns how to stop
 * @throws {NotifyError} INVALID_CONFIG, where the driver has no `stats()` or the provider no `getMeter`
 */
export function watchHub(driver: HubLike, { meterProvider }: HubMetricsOptions = {}): () => void {
  check(driver, meterProvider)
  const meter = ((meterProvider ?? metrics.getMeterProvider()) as MeterProvider).getMeter('notiwire')
  const instruments = Object.entries(ROWS).map(([name, row]) => ({
    row,
    instrument: instrumentOf(meter, name, row),
  }))
  const observables = instruments.map(({ instrument }) => instrument)
  const collect: Parameters<Meter['addBatchObservableCallback']>[0] = (result) =>
    quietly('read the metrics of a hub', () => {
      const stats = driver.stats()
      for (const { row, instrument } of instruments) {
        row.read(stats, (value, attributes) => result.observe(instrument, value, attributes))
      }
    })
  meter.addBatchObservableCallback(collect, observables)
  return () => meter.removeBatchObservableCallback(collect, observables)
}

function check(driver: unknown, provider: unknown): void {
  const isRight = hasMethods(driver, 'stats')
  const isProvider = provider === undefined || hasMethods(provider, 'getMeter')
  const issues = [
    ...(isRight ? [] : [{ path: 'driver', message: 'expected a WebSocket driver, with the method stats' }]),
    ...(isProvider
      ? []
      : [{ path: 'meterProvider', message: 'expected an object with the method getMeter' }]),
  ]
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
}

function instrumentOf(meter: Meter, name: string, { kind, unit, description }: Row): Observable {
  const options = { unit, description }
  if (kind === 'gauge') return meter.createObservableGauge(name, options)
  return kind === 'upDown'
    ? meter.createObservableUpDownCounter(name, options)
    : meter.createObservableCounter(name, options)
}

type NumberOf = { [Key in keyof HubStats]: HubStats[Key] extends number ? Key : never }[keyof HubStats]

function counter(unit: string, description: string, field: NumberOf): Row {
  return { kind: 'counter', unit, description, read: (stats, tell) => tell(stats[field]) }
}

function upDown(unit: string, description: string, field: NumberOf): Row {
  return { ...counter(unit, description, field), kind: 'upDown' }
}

function tellEach(counts: Counts, attribute: string, tell: Tell): void {
  for (const [code, value] of Object.entries(counts)) tell(value, { [attribute]: Number(code) })
}
