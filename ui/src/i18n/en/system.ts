export default {
  title: 'System', docs: 'API documentation', openapi: 'OpenAPI document', warnings: 'Worth attention', server: 'Server', version: 'Version', uptime: 'Running for', tls: 'Encryption', tls_on: 'TLS', tls_off: 'Plain HTTP',
  storage: 'Storage', driver: 'Driver', data_dir: 'Data directory', rows: 'Rows', disk: 'Disk', disk_used: '{n} % of the disk is used', disk_free: '{free} free of {total}', verify: 'Verify the store', verify_hint: 'Recomputes every index and compares. Reading and writing go on meanwhile.', verify_ok: 'Every index agrees with its rows.',
  dialects: 'APIs', dialects_hint: 'Each can be switched off in the configuration once nothing uses it any more.', dialect: 'API', enabled: 'State', calls: 'Calls', last_used: 'Last used', on: 'On', off: 'Off',
}
