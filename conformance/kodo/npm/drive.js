// Qiniu's Node SDK, unmodified, against a server: every kind of upload, callback,
// download and management call. STOA_HOST, STOA_ACCESS and STOA_SECRET say where.
'use strict'
const assert = require('node:assert')
const crypto = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const qiniu = require('qiniu')

const { STOA_HOST: host, STOA_ACCESS: access, STOA_SECRET: secret } = process.env
const mac = new qiniu.auth.digest.Mac(access, secret)
const zone = new qiniu.conf.Zone([host], [host], host, host, host, host)
qiniu.conf.UC_HOST = host
const config = new qiniu.conf.Config({ useHttpsDomain: false, zone })
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stoa-qiniu-'))
// without a region of its own the SDK asks the server for it
const asking = new qiniu.conf.Config({ useHttpsDomain: false, regionsQueryResultCachePath: path.join(dir, 'regions') })

const token = (more) => new qiniu.rs.PutPolicy({ scope: 'conform-open', expires: 3600, ...more }).uploadToken(mac)

function qetag (data) {
  const sha1 = (b) => crypto.createHash('sha1').update(b).digest()
  const blocks = []
  for (let i = 0; i < data.length; i += 4 << 20) blocks.push(sha1(data.subarray(i, i + (4 << 20))))
  const all = blocks.length > 1 ? [Buffer.from([0x96]), sha1(Buffer.concat(blocks))] : [Buffer.from([0x16]), blocks[0] || sha1('')]
  return Buffer.concat(all).toString('base64').replace(/\//g, '_').replace(/\+/g, '-')
}

async function bytes (url) {
  const res = await fetch(url)
  return { status: res.status, body: Buffer.from(await res.arrayBuffer()), headers: res.headers }
}

function ok (res, status = 200) {
  assert.strictEqual(res.resp.statusCode, status, JSON.stringify(res.data))
  return res.data
}

async function uploads () {
  const small = crypto.randomBytes(50_000)
  const large = crypto.randomBytes(9_000_001)
  const file = path.join(dir, 'ä "large".mp4')
  fs.writeFileSync(file, large)
  for (const c of [config, asking]) {
    const form = new qiniu.form_up.FormUploader(c)
    let got = ok(await form.put(token(), 'npm/form', small, new qiniu.form_up.PutExtra('a "b".bin', { 'x:a': '1' }, 'image/png', null, true, { 'x-qn-meta-k': 'v' })))
    assert.deepStrictEqual(got, { hash: qetag(small), key: 'npm/form' })
    got = ok(await form.putWithoutKey(token({ returnBody: '{"fname":$(fname),"key":$(key)}' }), small, new qiniu.form_up.PutExtra('ü.bin')))
    assert.deepStrictEqual(got, { fname: 'ü.bin', key: qetag(small) })
    got = ok(await form.putFile(token(), 'npm/file-' + (c === asking), file, null))
    assert.strictEqual(got.hash, qetag(large))
    const resume = new qiniu.resume_up.ResumeUploader(c)
    for (const version of ['v1', 'v2']) {
      const extra = new qiniu.resume_up.PutExtra('large.mp4', { 'x:a': '1' }, 'video/mp4', null, null, 4 << 20, version, { 'x-qn-meta-k': 'v' })
      const key = `npm/${version}-${c === asking}`
      got = ok(await resume.putFile(token(), key, file, extra))
      assert.deepStrictEqual(got, { hash: qetag(large), key })
      const there = await bytes(`http://${host}/conform-open/${key}`)
      assert.ok(there.body.equals(large), key)
      assert.strictEqual(there.headers.get('x-qn-meta-k'), 'v')
      assert.strictEqual(there.headers.get('content-type'), 'video/mp4')
      const empty = path.join(dir, 'empty')
      fs.writeFileSync(empty, '')
      if (version === 'v1') {
        got = ok(await resume.putFile(token(), key + '-empty', empty, extra))
        assert.strictEqual(got.hash, qetag(Buffer.alloc(0)))
      }
    }
  }
}

async function callbacks () {
  let seen
  const hook = http.createServer((req, res) => {
    const parts = []
    req.on('data', (b) => parts.push(b))
    req.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const url = `http://${req.headers.host}${req.url}`
      const raw = { reqMethod: req.method, reqContentType: req.headers['content-type'], reqHeaders: {} }
      // the SDK writes a port twice into what it signs in the newer style, so this one is called by a name without one
      const json = raw.reqContentType === 'application/json'
      const valid = qiniu.util.isQiniuCallback(mac, json ? `http://hooks.example.com${req.url}` : url, json || raw.reqContentType.includes('form') ? body : null, req.headers.authorization, raw)
      seen = { body, valid }
      res.setHeader('Content-Type', 'application/json')
      res.end('{"done":true}')
    })
  })
  await new Promise((resolve) => hook.listen(0, '127.0.0.1', resolve))
  const callbackUrl = `http://127.0.0.1:${hook.address().port}/hook?a=b`
  const form = new qiniu.form_up.FormUploader(config)
  try {
    let got = ok(await form.put(token({ callbackUrl, callbackBody: 'key=$(key)&x=$(x:a)' }), 'npm/cb1', 'one', new qiniu.form_up.PutExtra('f', { 'x:a': '&' })))
    assert.deepStrictEqual([got, seen], [{ done: true }, { body: 'key=npm%2Fcb1&x=%26', valid: true }])
    got = ok(await form.put(token({ callbackUrl, callbackHost: 'hooks.example.com', callbackBody: '{"key":$(key),"n":$(fsize)}', callbackBodyType: 'application/json' }), 'npm/cb2', 'two', null))
    assert.deepStrictEqual([got, seen], [{ done: true }, { body: '{"key":"npm/cb2","n":3}', valid: true }])
  } finally {
    hook.close()
  }
}

async function downloads () {
  const form = new qiniu.form_up.FormUploader(config)
  ok(await form.put(token({ scope: 'conform-shut' }), 'npm/private ü.txt', 'private', null))
  const manager = new qiniu.rs.BucketManager(mac, config)
  const at = (s) => Math.floor(Date.now() / 1000) + s
  const shut = `http://${host}/conform-shut`
  const good = await bytes(manager.privateDownloadUrl(shut, 'npm/private ü.txt', at(3600)))
  assert.deepStrictEqual([good.status, good.body.toString()], [200, 'private'])
  assert.strictEqual((await bytes(manager.privateDownloadUrl(shut, 'npm/private ü.txt', at(-10)))).status, 401)
  assert.strictEqual((await bytes(manager.publicDownloadUrl(shut, 'npm/private ü.txt'))).status, 401)
}

async function management () {
  const form = new qiniu.form_up.FormUploader(config)
  for (const c of [config, asking]) {
    const m = new qiniu.rs.BucketManager(mac, c)
    ok(await form.put(token({ scope: 'conform-open:npm/m' }), 'npm/m', 'managed', null))
    assert.strictEqual(ok(await m.stat('conform-open', 'npm/m')).fsize, 7)
    ok(await m.copy('conform-open', 'npm/m', 'conform-open', 'npm/m2', { force: true }))
    ok(await m.changeMime('conform-open', 'npm/m2', 'text/css'))
    ok(await m.deleteAfterDays('conform-open', 'npm/m2', 3))
    ok(await m.setObjectLifeCycle('conform-open', 'npm/m2', { deleteAfterDays: 5 }))
    ok(await m.move('conform-open', 'npm/m2', 'conform-shut', 'npm/m3', { force: true }))
    const fetched = ok(await m.fetch(`http://${host}/conform-open/npm/m`, 'conform-shut', 'npm/m4'))
    assert.strictEqual(fetched.fsize, 7)
    const list = ok(await m.listPrefix('conform-shut', { prefix: 'npm/m', limit: 1 }))
    assert.strictEqual(list.items[0].key, 'npm/m3')
    assert.ok(list.marker)
    const rest = ok(await m.listPrefix('conform-shut', { prefix: 'npm/m', marker: list.marker }))
    assert.strictEqual(rest.items[0].key, 'npm/m4')
    const batch = ok(await m.batch([qiniu.rs.statOp('conform-shut', 'npm/m3'), qiniu.rs.deleteOp('conform-shut', 'npm/m3'), qiniu.rs.statOp('conform-shut', 'npm/m3')]), 298)
    assert.deepStrictEqual(batch.map((r) => r.code), [200, 200, 612])
    ok(await m.delete('conform-shut', 'npm/m4'))
    ok(await m.delete('conform-shut', 'npm/m4'), 612)
    assert.deepStrictEqual(ok(await m.listBucket()), ['conform-open', 'conform-shut'])
    assert.strictEqual(ok(await m.getBucketInfo('conform-shut')).private, 1)
  }
  ok(await new qiniu.rs.BucketManager(new qiniu.auth.digest.Mac(access, 'wrong'), config).stat('conform-open', 'npm/m'), 401)
}

async function main () {
  for (const part of [uploads, callbacks, downloads, management]) {
    await part()
    console.log(part.name, 'ok')
  }
}

main().catch((e) => {
  console.error(e)
  process.exitCode = 1
}).finally(() => fs.rmSync(dir, { recursive: true, force: true }))
