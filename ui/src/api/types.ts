// The wire's shapes under the names the console uses. Everything here comes from
// the generated schema; a change of the server's contract shows up in this file.
import type { components } from './schema.gen'

type Schemas = components['schemas']

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
export type Grade = Schemas['Grade']
export type Grant = Schemas['Grant']
export type Home = Schemas['Home']
export type Link = Schemas['Link']
export type LinkInput = Schemas['LinkInput']
export type Me = Schemas['Me']
export type Message = Schemas['Message']
export type HomeDay = Schemas['HomeDay']
export type Notice = Schemas['Notice']
export type NoticeAudience = Schemas['Audience']
export type NoticeNew = Schemas['NoticeNew']
export type Organisation = Schemas['Organisation']
export type Post = Schemas['Post']
export type PostNode = Schemas['PostNode']
export type ProblemBody = Schemas['Problem']
export type Role = Schemas['Role']
export type RoleRef = Schemas['RoleRef']
export type Segment = Schemas['Segment']
export type SegmentChange = Schemas['SegmentChange']
export type SegmentNew = Schemas['SegmentNew']
export type SentNotice = Schemas['SentNotice']
export type Session = Schemas['Session']
export type PublicSource = Schemas['PublicSource']
export type Source = Schemas['Source']
export type SourceInput = Schemas['SourceInput']
export type SourceTest = Schemas['SourceTest']
export type Task = Schemas['Task']
export type Import = Schemas['Import']
export type ImportReport = Schemas['ImportReport']
export type ImportOptions = Schemas['ImportOptions']
export type AccountExport = Schemas['AccountExport']
export type StoreReport = Schemas['StoreReport']
export type SyncResult = Schemas['SyncResult']
export type SystemInfo = Schemas['System']
export type VerifyReport = Schemas['VerifyReport']

// Page is one page of a collection. total is exact unless total_capped is set.
export interface Page<T> {
  items: T[]
  total: number
  total_capped?: boolean
  next?: string
}
export type Template = Schemas['Template']
export type TemplateText = Schemas['TemplateText']
