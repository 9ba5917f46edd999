export default {
  title: 'System', docs: 'API documentation', openapi: 'OpenAPI document', warnings: 'Worth attention', server: 'Server', version: 'Version', uptime: 'Running for', tls: 'Encryption', tls_on: 'TLS', tls_off: 'Plain HTTP',
  storage: 'Storage', driver: 'Driver', data_dir: 'Data directory', rows: 'Rows', disk: 'Disk', disk_used: '{n} % of the disk is used', disk_free: '{used} used by the store, {free} free', rows_unknown: 'Known after a check', commits: 'Commits', commits_n: '{n} since the start, {syncs} disk syncs', verify: 'Verify the store', verify_hint: 'Recomputes every index and compares. Reading and writing go on meanwhile.', verify_ok: 'Every index agrees with its rows.',
  sample: 'Sample data', sample_text: 'Two example organisations with accounts, marked as samples.', sample_load: 'Load sample data', sample_drop: 'Remove sample data', sample_loaded: 'Sample data loaded', sample_dropped: 'Sample data removed', sample_affected: 'Every organisation, department and account marked as a sample will be deleted.',
  warning: {
    http_plain: 'Connections are not encrypted. Set a certificate and a key under [tls], or put a proxy with TLS in front.', seal_generated: 'The master key was generated beside the data. Keep it elsewhere: a systemd credential or a key file ([seal] key_file).', sms_outbox: 'SMS are kept in the outbox: no gateway is configured.', email_outbox: 'E-mails are kept in the outbox: no mail server is configured.',
    backup_none: 'No backups are made by themselves: set backup.dir in the configuration.', backup_failed: 'The last backup failed or is damaged: see Backups.',
    gallery_anonymous: 'The gallery API answers callers who have not signed in.', store_read_only: 'The store is read-only: changes are refused.', store_little_space: 'The disk is nearly full.', store_check_failed: 'The last check of the store found a fault. Keep a copy of the data directory before anything else.',
  },
}
