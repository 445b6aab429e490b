/** The command `refresh`: a new token for a connection whose token is about to expire. */
import { hasExpired } from '../auth.ts'
import { CLOSE } from '../close-codes.ts'
import { COMMAND_ERROR, type Command } from '../protocol.ts'
import type { Session } from '../session.ts'
import { expiryOf } from './connect.ts'
import { tokenOf } from './params.ts'

export async function refresh(session: Session, command: Command): Promise<void> {
  const token = tokenOf(command.params)
  if (token === undefined) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  const { hub, ip, client } = session
  const answer = hub.authenticate({ token, data: undefined, headers: {}, ip })
  const identity = answer instanceof Promise ? await answer : answer
  if (!session.link.isOpen) return
  // A token of somebody else would make this connection theirs.
  if (!identity || identity.user !== session.user) return session.end(CLOSE.invalidToken)
  if (hasExpired(identity, hub.clock.now())) {
    return session.answer(command, { error: COMMAND_ERROR.tokenExpired })
  }
  session.tokenId = identity.tokenId
  hub.setExpiry(session, identity)
  const expiry = expiryOf(identity, hub.clock.now())
  session.answer(command, { refresh: { client, version: 'notiwire', ...expiry } })
}
