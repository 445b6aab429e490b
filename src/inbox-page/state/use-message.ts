/** One message, read again whenever it may have changed. */
import { useEffect, useState } from 'preact/hooks'
import type { CapturedMessage } from '../../sandbox/captured.ts'
import { readMessage, Refused } from './api-client.ts'

export type LoadedMessage =
  | { readonly status: 'loading' | 'gone' | 'failed' }
  | { readonly status: 'loaded'; readonly message: CapturedMessage }

export function useMessage(id: string, version: number): LoadedMessage {
  const [loaded, setLoaded] = useState<LoadedMessage>({ status: 'loading' })
  useEffect(() => {
    let isWanted = true
    const set = (result: LoadedMessage) => isWanted && setLoaded(result)
    readMessage(id).then(
      (message) => set({ status: 'loaded', message }),
      (error: unknown) => set({ status: isMissing(error) ? 'gone' : 'failed' }),
    )
    return () => {
      isWanted = false
    }
  }, [id, version])
  return loaded
}

function isMissing(error: unknown): boolean {
  return error instanceof Refused && error.status === 404
}
