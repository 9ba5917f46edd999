import element from 'element-plus/es/locale/lang/zh-cn.mjs'
import accounts from './accounts'
import applications from './applications'
import audit from './audit'
import auth from './auth'
import codes from './codes'
import common from './common'
import home from './home'
import organisations from './organisations'
import menus from './menus'
import outbox from './outbox'
import personal from './personal'
import refusals from './refusals'
import resources from './resources'
import roles from './roles'
import segments from './segments'
import shell from './shell'
import system from './system'

const messages = { ...common, menus, refusals, resources, roles_page: roles, ...shell, ...auth, home, accounts, organisations, personal, audit, outbox, applications, segments, system, codes }

export default { messages, element: element as unknown as Record<string, unknown> }
