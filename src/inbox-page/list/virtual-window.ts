/** Which rows of a long list are in sight, where all rows are of one height. Pure. */

export interface Viewport {
  readonly scrollTop: number
  /** Of what is in sight, in pixels. */
  readonly height: number
  readonly rowHeight: number
}

export interface RowWindow {
  /** The first row to draw. */
  readonly start: number
  /** The row after the last one. */
  readonly end: number
}

/** Rows that are drawn beyond both edges, so that none is missing while scrolling. */
const OVERSCAN = 6

export function windowOf({ scrollTop, height, rowHeight }: Viewport, count: number): RowWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight)
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight)
  const end = Math.min(count, last + OVERSCAN)
  return { start: Math.max(0, Math.min(first - OVERSCAN, end)), end: Math.max(0, end) }
}

/** Where to scroll so that row `index` is wholly in sight: nowhere, if it is. */
export function scrollToShow(index: number, { scrollTop, height, rowHeight }: Viewport): number {
  const top = index * rowHeight
  const lowest = top + rowHeight - height
  if (top < scrollTop) return top
  return lowest > scrollTop ? lowest : scrollTop
}
