import type { Account } from '@/api/types'

// What is typed about an account, before it becomes a call.
export interface AccountInput {
  name: string
  nickname: string
  email: string
  phone: string
  roles: number[]
  department: number
  posts: number[]
  grade: number
  telephone: string
  duty: string
  enterprise: string
  division: string
}

export const emptyInput = (): AccountInput => ({ name: '', nickname: '', email: '', phone: '', roles: [], department: 0, posts: [], grade: 0, telephone: '', duty: '', enterprise: '', division: '' })

export const inputOf = (account: Account): AccountInput => ({
  name: account.name, nickname: account.nickname, email: account.email, phone: account.phone, roles: account.roles.map((role) => role.id),
  department: account.department, posts: account.posts.map((post) => post.id), grade: account.grade, telephone: account.telephone, duty: account.duty, enterprise: account.enterprise, division: account.division,
})
