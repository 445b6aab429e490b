/** Signs a finished message with DKIM, List-Unsubscribe-Post included, which nodemailer leaves out and RFC 8058 demands. */
import { buffer } from 'node:stream/consumers'
import { NotifyError } from '../../core/errors.ts'
import type { DkimKey } from './dkim-key.ts'
import type { Nodemailer } from './library.ts'

/** RFC 6376 section 5.4.1, with the one-click header of RFC 8058 section 4. Those a message lacks are left out. */
const SIGNED = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'MIME-Version'],
  ...['Content-Type', 'Content-Transfer-Encoding', 'In-Reply-To', 'References', 'Auto-Submitted'],
  ...['List-Id', 'List-Help', 'List-Subscribe', 'List-Post', 'List-Owner', 'List-Archive'],
  ...['List-Unsubscribe', 'List-Unsubscribe-Post'],
].join(':')

export async function sign(
  DKIM: Nodemailer['DKIM'],
  keys: readonly DkimKey[],
  message: Buffer,
): Promise<Buffer> {
  const signer = new DKIM({
    keys: keys.map(({ domain, selector, privateKey }) => ({
      domainName: domain,
      keySelector: selector,
      // A KeyObject is taken as well, and is not parsed again for every message; the type knows strings only.
      privateKey: privateKey as unknown as string,
    })),
    headerFieldNames: SIGNED,
  })
  const signed = await buffer(signer.sign(message))
  // The engine sends a message it could not sign as it is, and says nothing.
  const count = signed
    .subarray(0, signed.length - message.length)
    .toString('latin1')
    .match(/^DKIM-Signature:/gim)
  if (count?.length === keys.length) return signed
  throw new NotifyError('DRIVER_FAILED', 'The message could not be signed with DKIM', {
    delivery: 'not_sent',
  })
}
