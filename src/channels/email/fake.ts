/** An SMTP server on 127.0.0.1, on the `smtp-server` package: takes mail, refuses what it should, fails on command. */
import { systemClock, type Clock } from '../../core/clock.ts'
import { loadPeer } from '../../core/peer.ts'
import type { FakeSmtp, FakeSmtpOptions } from './fake-options.ts'
import { SmtpFake } from './fake-smtp.ts'

export type { FakeCommand, FakeEmail, FakeRefusal, FakeSmtp, FakeSmtpOptions } from './fake-options.ts'

/**
 * Starts the server. Needs the package `smtp-server`.
 * @throws {NotifyError} INVALID_CONFIG, where the package is not installed
 */
export async function startFakeSmtp(
  options: FakeSmtpOptions = {},
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<FakeSmtp> {
  const { SMTPServer } = await loadPeer('smtp-server', () => import('smtp-server'))
  const fake = new SmtpFake(options, clock)
  await fake.listen((settings) => new SMTPServer(settings))
  return fake
}
