/** What `notiwire init` writes for each channel. */
export interface Starter {
  /** What it imports, and from where. */
  readonly imports: string
  /** Lines of the object of channels. */
  readonly lines: readonly string[]
  readonly env: readonly string[]
  /** To install beside notiwire; nothing where it is empty. */
  readonly peer: string
}

const env = (name: string) => `process.env['${name}'] ?? ''`

/** As Prettier would write it. */
function importOf(name: string, module: string): string {
  return `import { ${name} } from ${quoted(module)}`
}

export function quoted(module: string): string {
  return `'${module}'`
}

export const STARTERS: Readonly<Record<string, Starter>> = {
  email: {
    imports: importOf('smtp', 'notiwire/email'),
    lines: [
      'email: smtp({',
      `  host: ${env('SMTP_HOST')},`,
      '  // Without STARTTLS, on loopback alone, leave `auth` out.',
      `  auth: { user: ${env('SMTP_USER')}, pass: ${env('SMTP_PASS')} },`,
      `  from: ${env('SMTP_FROM')},`,
      '}),',
    ],
    env: [
      'SMTP_HOST=smtp.example.com',
      'SMTP_USER=shop@example.com',
      'SMTP_PASS=secret',
      'SMTP_FROM=shop@example.com',
    ],
    peer: 'nodemailer',
  },
  sms: {
    imports: importOf('aliyun', 'notiwire/sms'),
    lines: [
      'sms: aliyun({',
      `  accessKeyId: ${env('ALIYUN_ACCESS_KEY_ID')},`,
      `  accessKeySecret: ${env('ALIYUN_ACCESS_KEY_SECRET')},`,
      `  signName: ${env('ALIYUN_SIGN_NAME')},`,
      '}),',
    ],
    env: ['ALIYUN_ACCESS_KEY_ID=LTAI', 'ALIYUN_ACCESS_KEY_SECRET=secret', 'ALIYUN_SIGN_NAME=示例商城'],
    peer: '@alicloud/dysmsapi20170525',
  },
  wechat: {
    imports: importOf('miniProgram', 'notiwire/wechat'),
    lines: [
      'wechat: miniProgram({',
      `  appId: ${env('WECHAT_APP_ID')},`,
      `  appSecret: ${env('WECHAT_APP_SECRET')},`,
      '}),',
    ],
    env: ['WECHAT_APP_ID=wx0123456789abcdef', 'WECHAT_APP_SECRET=0123456789abcdef0123456789abcdef'],
    peer: 'axios',
  },
  apns: {
    imports: importOf('apns', 'notiwire/apns'),
    lines: [
      'apns: apns({',
      '  auth: {',
      `    type: 'token',`,
      `    key: { path: ${env('APNS_KEY_FILE')} },`,
      `    keyId: ${env('APNS_KEY_ID')},`,
      `    teamId: ${env('APNS_TEAM_ID')},`,
      '  },',
      `  environment: 'sandbox',`,
      `  bundleId: ${env('APNS_BUNDLE_ID')},`,
      '}),',
    ],
    env: [
      'APNS_KEY_FILE=./AuthKey.p8',
      'APNS_KEY_ID=ABC123DEFG',
      'APNS_TEAM_ID=DEF123GHIJ',
      'APNS_BUNDLE_ID=com.example.app',
    ],
    peer: '',
  },
  websocket: {
    imports: importOf('centrifugo', 'notiwire/websocket'),
    lines: [
      '// A hub of your own lives in your server (websocket); from a command line a Centrifugo server is reached.',
      'websocket: centrifugo({',
      `  endpoint: ${env('CENTRIFUGO_ENDPOINT')},`,
      `  apiKey: ${env('CENTRIFUGO_API_KEY')},`,
      '}),',
    ],
    env: ['CENTRIFUGO_ENDPOINT=http://localhost:8000', 'CENTRIFUGO_API_KEY=secret'],
    peer: '',
  },
}
