/** Text messages. */
import type { CapturedMessage, SmsView } from '../../../src/sandbox/captured.ts'
import { example, minutesAgo } from './example-base.ts'

const code: SmsView = {
  kind: 'sms',
  text: '【流明商店】您的验证码为 384912，请在 10 分钟内使用。如非本人操作，请忽略本短信。',
  signName: '流明商店',
  template: 'SMS_154950909',
  templateContent: '您的验证码为 ${code}，请在 ${minutes} 分钟内使用。如非本人操作，请忽略本短信。',
  params: { code: '384912', minutes: '10' },
  characters: 44,
  segments: 1,
  charactersLeft: 26,
  encoding: 'UCS-2',
  region: 'mainland',
  cost: { amount: 0.045, currency: 'CNY', perSegment: 0.045 },
}

export function smsExamples(): readonly CapturedMessage[] {
  return [
    example({
      id: '01990080-0000-7000-8000-000000000000',
      channel: 'sms',
      provider: 'aliyun',
      at: minutesAgo(3),
      to: ['13800138000'],
      title: '流明商店 SMS_154950909',
      preview: code.text,
      view: code,
    }),
    example({
      id: '01990040-0000-7000-8000-000000000000',
      channel: 'sms',
      provider: 'tencent',
      at: minutesAgo(21),
      to: ['+14155550123'],
      title: 'Lumen 2400117',
      preview: 'Lumen: your table for {2} is booked — see you at 19:30',
      outcome: 'lost',
      code: 'reset_accepted',
      warnings: 2,
      view: {
        kind: 'sms',
        text: 'Lumen: your table for {2} is booked — see you at 19:30. Reply STOP to opt out. We look forward to welcoming you.',
        signName: 'Lumen',
        template: '2400117',
        templateContent: 'your table for {2} is booked — see you at {1}. Reply STOP to opt out.',
        params: { 1: '19:30' },
        characters: 113,
        segments: 2,
        charactersLeft: 21,
        encoding: 'UCS-2',
        region: 'international',
      },
      hints: [
        { level: 'error', code: 'unfilled_variable', detail: '{2}', text: 'Not filled in' },
        { level: 'warning', code: 'not_gsm', detail: '—', text: 'Not GSM-7' },
        { level: 'info', code: 'many_segments', detail: '2', text: 'Two segments' },
      ],
    }),
  ]
}
