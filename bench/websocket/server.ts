/** A process that serves one contestant, and does what the bench asks, one thing after the other. */
import { setTimeout as wait } from 'node:timers/promises'
import { now, type Answers, type Ask, type Contestant, type Served, type ServeOptions } from './contract.ts'
import { watchByTimer, watchEveryTurn, type LoopWatch } from './loop-watch.ts'
import { serveNotiwire } from './serve-notiwire.ts'

let served: Served | undefined
let watch: LoopWatch | undefined

process.on('message', (ask: Ask) => {
  void perform(ask).then((answer) => process.send?.(answer))
})
process.once('disconnect', () => process.exit())

async function perform(ask: Ask): Promise<Answers[Ask['do']]> {
  if (ask.do === 'start') {
    served = await serve(ask.contestant, ask.options)
    return { port: served.port }
  }
  if (!served) throw new Error('Not started')
  switch (ask.do) {
    case 'await':
      return untilCount(served, ask.count)
    case 'broadcast': {
      const at = now()
      await served.broadcast(ask.data, ask.times)
      return { at }
    }
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return { us: user + system }
    }
    case 'memory':
      return memory()
    case 'watch':
      watch = ask.how === 'by timer' ? watchByTimer() : watchEveryTurn()
      // The first looks are late by what it takes to begin.
      await wait(20)
      return {}
    case 'watched':
      return watch?.stop() ?? { longestMs: Number.NaN, p99Ms: Number.NaN }
  }
}

/** Only what is measured is loaded: the others would take memory. */
async function serve(contestant: Contestant, options: ServeOptions): Promise<Served> {
  if (contestant === 'notiwire') return serveNotiwire(options)
  const { serveNet, serveSocketIo, serveWs } = await import('./serve-peers.ts')
  if (contestant === 'net') return serveNet()
  return contestant === 'ws' ? serveWs() : serveSocketIo(options)
}

async function untilCount(server: Served, count: number): Promise<Answers['await']> {
  while (server.count() !== count) await wait(2)
  return { count }
}

/** What is left after the collector had its turns, and time to give pages back. */
async function memory(): Promise<Answers['memory']> {
  for (let turn = 0; turn < 4; turn += 1) {
    global.gc?.()
    await wait(50)
  }
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heap: heapUsed }
}
