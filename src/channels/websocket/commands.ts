/** What each command of the client protocol does. */
import { connect } from './commands/connect.ts'
import { history, presence, presenceStats } from './commands/reading.ts'
import { refresh } from './commands/refresh.ts'
import { rpc } from './commands/rpc.ts'
import { subRefresh, subscribe, unsubscribe } from './commands/subscribe.ts'
import { COMMAND_ERROR, type CommandError } from './protocol.ts'
import type { Perform } from './session.ts'

export const COMMANDS: ReadonlyMap<string, Perform> = new Map<string, Perform>([
  ['connect', connect],
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['history', history],
  ['presence', presence],
  ['presence_stats', presenceStats],
  ['refresh', refresh],
  ['sub_refresh', subRefresh],
  ['rpc', rpc],
  // Messages go one way: a client asks by `rpc`, which has an answer.
  ['publish', refuseWith(COMMAND_ERROR.permissionDenied)],
  ['send', refuseWith(COMMAND_ERROR.notAvailable)],
])

function refuseWith(error: CommandError): Perform {
  return (session, command) => session.answer(command, { error })
}
