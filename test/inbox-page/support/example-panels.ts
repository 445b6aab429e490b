/** What the panels of the page show. */
import type { Connections, FaultMenu } from '../../../src/sandbox/api.ts'

const FAULTS = ['unreachable', 'stall', 'reset', 'stall_accepted', 'reset_accepted', 'garbage']

export function faultMenus(): readonly FaultMenu[] {
  return [
    {
      provider: 'smtp',
      channel: 'email',
      faults: FAULTS,
      refusals: [
        { refusal: '550', code: 'RECIPIENT_REJECTED', meaning: 'No such user' },
        { refusal: '451', code: 'UNAVAILABLE', meaning: 'Try again later' },
      ],
      recipients: [{ to: 'bounce@sandbox.test', meaning: 'Always answers 550', refusal: '550' }],
    },
    {
      provider: 'aliyun',
      channel: 'sms',
      faults: FAULTS,
      refusals: [
        { refusal: 'isv.BUSINESS_LIMIT_CONTROL', code: 'RATE_LIMITED', meaning: 'Too many to this number' },
        { refusal: 'isv.AMOUNT_NOT_ENOUGH', code: 'QUOTA_EXHAUSTED', meaning: 'The balance is used up' },
        { refusal: 'isv.MOBILE_NUMBER_ILLEGAL', code: 'RECIPIENT_REJECTED', meaning: 'Not a mobile number' },
      ],
      recipients: [
        { to: '10000000001', meaning: 'Is not a mobile number', refusal: 'isv.MOBILE_NUMBER_ILLEGAL' },
        { to: '10000000002', meaning: 'The line breaks after it was taken', fault: 'reset_accepted' },
      ],
    },
  ]
}

export function connections(): Connections {
  return {
    inbox: 'http://127.0.0.1:8025/',
    providers: [
      {
        provider: 'smtp',
        channel: 'email',
        config: { host: '127.0.0.1', port: 1025 },
        lines: ['SMTP_URL=smtp://sandbox:sandbox@127.0.0.1:1025'],
      },
      {
        provider: 'aliyun',
        channel: 'sms',
        config: { endpoint: 'http://127.0.0.1:8025/aliyun' },
        lines: ['ALIYUN_ENDPOINT=http://127.0.0.1:8025/aliyun', 'ALIYUN_ACCESS_KEY_ID=sandbox'],
      },
    ],
  }
}
