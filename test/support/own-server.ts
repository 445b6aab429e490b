/** What every server needs that a test starts for itself. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/**
 * A script for `sh -c` that runs the command it is given until its own input is closed. The shell stands in between
 * because it hears of its parent's end, however that came.
 */
export const GUARD = '"$@" & server=$!; cat > /dev/null; kill -9 $server; wait'

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
