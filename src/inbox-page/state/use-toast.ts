/** A line that says what has just been done, and goes away. */
import { useCallback, useRef, useState } from 'preact/hooks'

const SHOWN_MS = 3_500

export function useToast() {
  const [toast, setToast] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const say = useCallback((text: string) => {
    clearTimeout(timer.current)
    setToast(text)
    timer.current = setTimeout(() => setToast(''), SHOWN_MS)
  }, [])
  return { toast, say }
}
