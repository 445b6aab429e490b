/** The error table of the SMS provider. */
export { ALIYUN_ERRORS as ERRORS } from './aliyun-errors.ts'
