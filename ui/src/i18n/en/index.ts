import element from 'element-plus/es/locale/lang/en.mjs'
import accounts from './accounts'
import apis from './apis'
import applications from './applications'
import audit from './audit'
import auth from './auth'
import avatar from './avatar'
import backups from './backups'
import common from './common'
import home from './home'
import notices from './notices'
import organisations from './organisations'
import outbox from './outbox'
import personal from './personal'
import segments from './segments'
import shell from './shell'
import system from './system'
import templates from './templates'

const messages = { ...common, ...shell, ...auth, home, apis, backups, accounts, organisations, personal, audit, outbox, applications, segments, system, avatar, notices, templates }

export default { messages, element: element as unknown as Record<string, unknown> }
