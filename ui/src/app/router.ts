import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { safeNext } from '@/app/next'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    // open: reachable without a session.
    open?: boolean
    permission?: string
    title?: string
    // under names the entry of the navigation that a page belongs to.
    under?: string
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/setup', name: 'setup', component: () => import('@/features/setup/SetupPage.vue'), meta: { open: true, title: 'setup.title' } },
  { path: '/sign-in', name: 'sign-in', component: () => import('@/features/signin/SignInPage.vue'), meta: { open: true, title: 'signin.title' } },
  { path: '/register', name: 'register', component: () => import('@/features/register/RegisterPage.vue'), meta: { open: true, title: 'register.title' } },
  { path: '/forgot', name: 'forgot', component: () => import('@/features/recovery/ForgotPage.vue'), meta: { open: true, title: 'forgot.title' } },
  { path: '/reset', name: 'reset', component: () => import('@/features/recovery/ResetPage.vue'), meta: { open: true, title: 'reset.title' } },
  { path: '/authorize', name: 'authorize', component: () => import('@/features/authorize/AuthorizePage.vue'), meta: { open: true, title: 'authorize.waiting' } },
  { path: '/signed-out', name: 'signed-out', component: () => import('@/features/authorize/SignedOutPage.vue'), meta: { open: true, title: 'farewell.title' } },
  {
    path: '/',
    component: () => import('@/app/shell/Shell.vue'),
    children: [
      { path: '', name: 'home', component: () => import('@/features/home/HomePage.vue'), meta: { title: 'nav.home' } },
      { path: 'accounts', name: 'accounts', component: () => import('@/features/accounts/AccountsPage.vue'), meta: { title: 'nav.accounts', permission: 'account.read' } },
      { path: 'accounts/import', name: 'import', component: () => import('@/features/imports/ImportPage.vue'), meta: { title: 'imports.title', permission: 'account.import' } },
      { path: 'organisations', name: 'organisations', component: () => import('@/features/organisations/OrganisationsPage.vue'), meta: { title: 'nav.organisations', permission: 'department.read' } },
      { path: 'posts', name: 'posts', component: () => import('@/features/positions/PostsPage.vue'), meta: { title: 'nav.posts', permission: 'post.read' } },
      { path: 'grades', name: 'grades', component: () => import('@/features/positions/GradesPage.vue'), meta: { title: 'nav.grades', permission: 'grade.read' } },
      { path: 'roles', name: 'roles', component: () => import('@/features/roles/RolesPage.vue'), meta: { title: 'nav.roles', permission: 'role.read' } },
      { path: 'roles/:id(\\d+)', name: 'role', component: () => import('@/features/roles/RolePage.vue'), meta: { title: 'nav.roles', permission: 'role.read', under: 'roles' } },
      { path: 'menus', name: 'menus', component: () => import('@/features/menus/MenusPage.vue'), meta: { title: 'nav.menus', permission: 'menu.read' } },
      { path: 'resources', name: 'resources', component: () => import('@/features/resources/ResourcesPage.vue'), meta: { title: 'nav.resources', permission: 'resource.read' } },
      { path: 'refusals', name: 'refusals', component: () => import('@/features/refusals/RefusalsPage.vue'), meta: { title: 'nav.refusals', permission: 'audit.read' } },
      { path: 'audit', name: 'audit', component: () => import('@/features/audit/AuditPage.vue'), meta: { title: 'nav.audit', permission: 'audit.read' } },
      { path: 'outbox', name: 'outbox', component: () => import('@/features/outbox/OutboxPage.vue'), meta: { title: 'nav.outbox', permission: 'outbox.read' } },
      { path: 'notices', name: 'notices', component: () => import('@/features/notices/NoticesPage.vue'), meta: { title: 'nav.notices' } },
      { path: 'templates', name: 'templates', component: () => import('@/features/templates/TemplatesPage.vue'), meta: { title: 'nav.templates', permission: 'template.read' } },
      { path: 'applications', name: 'applications', component: () => import('@/features/applications/ApplicationsPage.vue'), meta: { title: 'nav.applications', permission: 'application.read' } },
      { path: 'applications/:id(\\d+)/:tab(settings|sign-in|secrets|connect|people|interfaces|usage)?', name: 'application', component: () => import('@/features/applications/ApplicationPage.vue'), meta: { title: 'nav.applications', permission: 'application.read' } },
      { path: 'buckets', name: 'buckets', component: () => import('@/features/files/BucketsPage.vue'), meta: { title: 'nav.buckets', permission: 'bucket.read' } },
      { path: 'buckets/:id(\\d+)', name: 'files', component: () => import('@/features/files/FilesPage.vue'), meta: { title: 'files.title', permission: 'bucket.read', under: 'buckets' } },
      { path: 'access-keys', name: 'accesskeys', component: () => import('@/features/accesskeys/AccessKeysPage.vue'), meta: { title: 'nav.accesskeys', permission: 'key.read' } },
      { path: 'segments', name: 'segments', component: () => import('@/features/segments/SegmentsPage.vue'), meta: { title: 'nav.segments', permission: 'segment.read' } },
      { path: 'sources', name: 'sources', component: () => import('@/features/sources/SourcesPage.vue'), meta: { title: 'nav.sources', permission: 'source.read' } },
      { path: 'storage', name: 'storage', component: () => import('@/features/storage/StoragePage.vue'), meta: { title: 'nav.storage', permission: 'cloud.read' } },
      { path: 'links', name: 'links', component: () => import('@/features/links/LinksPage.vue'), meta: { title: 'nav.links', permission: 'link.write' } },
      { path: 'companies', name: 'companies', component: () => import('@/features/companies/CompaniesPage.vue'), meta: { title: 'nav.companies', permission: 'company.read' } },
      { path: 'companies/:id(\\d+)', name: 'company', component: () => import('@/features/companies/CompanyPage.vue'), meta: { title: 'nav.companies', permission: 'company.read', under: 'companies' } },
      { path: 'channels', name: 'channels', component: () => import('@/features/companies/ChannelsPage.vue'), meta: { title: 'nav.channels', permission: 'channel.read' } },
      { path: 'statements', name: 'statements', component: () => import('@/features/companies/StatementPage.vue'), meta: { title: 'nav.statements', permission: 'company.read' } },
      { path: 'tasks', name: 'tasks', component: () => import('@/features/tasks/TasksPage.vue'), meta: { title: 'nav.tasks' } },
      { path: 'backups', name: 'backups', component: () => import('@/features/backups/BackupsPage.vue'), meta: { title: 'nav.backups', permission: 'backup.read' } },
      { path: 'apis', name: 'apis', component: () => import('@/features/apis/ApisPage.vue'), meta: { title: 'nav.apis', permission: 'dialect.read' } },
      { path: 'system', name: 'system', component: () => import('@/features/system/SystemPage.vue'), meta: { title: 'nav.system', permission: 'system.read' } },
      { path: 'me/:tab(profile|password|passkeys|token|links|sessions|connected|second-factor|preferences)?', name: 'me', component: () => import('@/features/personal/PersonalPage.vue'), meta: { title: 'nav.me' } },
      { path: ':rest(.*)*', name: 'missing', component: () => import('@/app/shell/MissingPage.vue'), meta: { title: 'shell.missing_title' } },
    ],
  },
]

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? undefined,
})

router.beforeEach(async (to) => {
  const session = useSession()
  const asks = !to.meta.open || to.name === 'sign-in'
  if (!session.known && asks && !(await session.begin())) return Boolean(to.meta.open)
  if (to.name === 'sign-in' && session.me) return safeNext(to.query.next)
  if (to.meta.open) return true
  if (!session.me) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (session.me.must_change_password && !(to.name === 'me' && to.params.tab === 'password')) {
    return { name: 'me', params: { tab: 'password' } }
  }
  if (session.me.needs_second_factor && !(to.name === 'me' && ['second-factor', 'passkeys', 'password'].includes(String(to.params.tab)))) {
    return { name: 'me', params: { tab: 'second-factor' } }
  }
  return true
})

// After an update of the server a page's old chunk is gone: load the page anew,
// once, so that a chunk that is really missing does not turn in circles.
router.onError((error, to) => {
  const key = 'stoa.reloaded'
  const missing = /dynamically imported module|Importing a module script failed|preload CSS/i.test(String(error))
  if (!missing || sessionStorage.getItem(key) === to.fullPath) return
  sessionStorage.setItem(key, to.fullPath)
  location.assign(router.resolve(to.fullPath).href)
})
