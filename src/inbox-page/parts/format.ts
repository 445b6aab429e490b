/** Times, sizes, prices and data as people read them. Pure. */

/** Only the time of what arrived on the day of `now`, otherwise the date too. */
export function formatTime(at: number, now: number, tag: string): string {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date(now).toDateString()
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  const day = {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const
  return new Intl.DateTimeFormat(tag, isToday ? time : day).format(date)
}

export function formatFullTime(at: number, tag: string): string {
  return new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(
    at,
  )
}

/** Such as `9:41`, as a phone shows it. */
export function formatClock(at: number, tag: string): string {
  return new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

export function formatDay(at: number, tag: string): string {
  return new Intl.DateTimeFormat(tag, { weekday: 'long', month: 'long', day: 'numeric' }).format(at)
}

/** Such as `850 ms`, `1.2 s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`
}

/** Such as `812 B`, `1.4 kB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Prices of a text message have tenths of a cent. */
export function formatPrice(amount: number, currency: string, tag: string): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 4 }
  return new Intl.NumberFormat(tag, { style: 'currency', currency, ...digits }).format(amount)
}

/** Nothing of what is no JSON. */
export function prettyJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, null, 2)
  return text ?? ''
}
