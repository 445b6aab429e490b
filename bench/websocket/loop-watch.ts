/** Tells how long the event loop was held up. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Answers } from './contract.ts'

export interface LoopWatch {
  stop(): Answers['watched']
}

/** Looks in every turn of the loop, so nothing escapes it; takes a whole core meanwhile. */
export function watchEveryTurn(): LoopWatch {
  let seenAt = performance.now()
  let longestMs = 0
  let isOn = true
  const look = () => {
    const at = performance.now()
    longestMs = Math.max(longestMs, at - seenAt)
    seenAt = at
    if (isOn) setImmediate(look)
  }
  setImmediate(look)
  const stop = () => {
    isOn = false
    return { longestMs, p99Ms: Number.NaN }
  }
  return { stop }
}

/** By Node's own histogram, a look each millisecond, which is in its figures. */
export function watchByTimer(): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  const stop = () => {
    histogram.disable()
    return { longestMs: histogram.max / 1e6, p99Ms: histogram.percentile(99) / 1e6 }
  }
  return { stop }
}
