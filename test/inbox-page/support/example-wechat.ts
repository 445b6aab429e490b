/** WeChat messages: a mini program's and an official account's. */
import type { CapturedMessage } from '../../../src/sandbox/captured.ts'
import { example, minutesAgo } from './example-base.ts'

const openid = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'

export function wechatExamples(): readonly CapturedMessage[] {
  return [
    example({
      id: '01990070-0000-7000-8000-000000000000',
      channel: 'wechat',
      provider: 'wechat-mini-program',
      at: minutesAgo(5),
      to: [openid],
      title: '取餐提醒',
      preview: '拿铁咖啡 请到 3 号柜台取餐',
      view: {
        kind: 'wechat',
        type: 'subscribe',
        openid,
        templateId: 'MHWJ8vC7r4kZ2lq0bX5nYpEwTtUu1o3s',
        fields: [
          { keyword: 'thing1', value: '拿铁咖啡（大杯）' },
          { keyword: 'character_string2', value: 'A0042' },
          { keyword: 'time3', value: '2026-11-27 09:41' },
          { keyword: 'thing4', value: '请到 3 号柜台取餐，祝您用餐愉快' },
        ],
        page: 'pages/order/index?id=42',
        language: 'zh_CN',
        state: 'formal',
      },
    }),
    example({
      id: '01990065-0000-7000-8000-000000000000',
      channel: 'wechat',
      provider: 'wechat-official-account',
      at: minutesAgo(8),
      to: [openid],
      title: 'Payment received',
      preview: '¥ 128.00 Lumen Shop',
      outcome: 'refused',
      code: '43101',
      isKept: false,
      warnings: 1,
      view: {
        kind: 'wechat',
        type: 'template',
        openid,
        templateId: 'ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY',
        fields: [
          { keyword: 'amount1', value: '¥128.00' },
          { keyword: 'thing2', value: 'Lumen Shop' },
        ],
        url: 'https://shop.example/pay/42',
      },
      hints: [{ level: 'error', code: 'refused', detail: '43101', text: 'Refused' }],
    }),
  ]
}
