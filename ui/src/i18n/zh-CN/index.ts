import element from 'element-plus/es/locale/lang/zh-cn.mjs'
import accounts from './accounts'
import applications from './applications'
import audit from './audit'
import auth from './auth'
import codes from './codes'
import common from './common'
import home from './home'
import links from './links'
import organisations from './organisations'
import outbox from './outbox'
import personal from './personal'
import segments from './segments'
import shell from './shell'
import sources from './sources'
import system from './system'

const messages = { ...common, ...shell, ...auth, home, accounts, organisations, personal, audit, outbox, applications, segments, system, sources, links, codes }

export default { messages, element: element as unknown as Record<string, unknown> }
