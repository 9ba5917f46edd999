// The wire's shapes under the names the console uses. Everything here comes from
// the generated schema; a change of the server's contract shows up in this file.
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type AccessAnswer = Schemas['AccessAnswer']
export type AccessQuestion = Schemas['AccessQuestion']
export type Account = Schemas['Account']
export type AccountNew = Schemas['AccountNew']
export type AccountChange = Schemas['AccountChange']
export type Application = Schemas['Application']
export type ApplicationSecret = Schemas['ApplicationSecret']
export type AuditEntry = Schemas['AuditEntry']
export type Bulk = Schemas['Bulk']
export type BulkResult = Schemas['BulkResult']
export type Department = Schemas['Department']
export type DepartmentNode = Schemas['DepartmentNode']
export type GrantChange = Schemas['GrantChange']
export type Grant = Schemas['Grant']
export type Home = Schemas['Home']
export type Me = Schemas['Me']
export type Menu = Schemas['Menu']
export type MenuChange = Schemas['MenuChange']
export type MenuNew = Schemas['MenuNew']
export type Message = Schemas['Message']
export type Organisation = Schemas['Organisation']
export type ProblemBody = Schemas['Problem']
export type Resource = Schemas['Resource']
export type ResourceChange = Schemas['ResourceChange']
export type ResourceNew = Schemas['ResourceNew']
export type Role = Schemas['Role']
export type RoleChange = Schemas['RoleChange']
export type RoleGrants = Schemas['RoleGrants']
export type RoleNew = Schemas['RoleNew']
export type RoleRef = Schemas['RoleRef']
export type Segment = Schemas['Segment']
export type SegmentChange = Schemas['SegmentChange']
export type SegmentNew = Schemas['SegmentNew']
export type Session = Schemas['Session']
export type StoreReport = Schemas['StoreReport']
export type SystemInfo = Schemas['System']
export type VerifyReport = Schemas['VerifyReport']

// Page is one page of a collection. total is exact unless total_capped is set.
export interface Page<T> {
  items: T[]
  total: number
  total_capped?: boolean
  next?: string
}
