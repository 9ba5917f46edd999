// What a program needs to reach this server: where it is, and a pair of keys.
export interface Reach {
  host: string
  secure: boolean
  accessKey: string
  secretKey: string
}

export interface Snippet {
  name: string
  label: string
  file: string
  text: (reach: Reach) => string
}

const go = ({ host, secure, accessKey, secretKey }: Reach) => `// go get github.com/qiniu/go-sdk/v7
mac := auth.New("${accessKey}", "${secretKey}")
region := &storage.Region{
	SrcUpHosts: []string{"${host}"},
	RsHost:     "${host}",
	RsfHost:    "${host}",
	ApiHost:    "${host}",
	IovipHost:  "${host}",
}
config := storage.Config{Zone: region, Region: region, UseHTTPS: ${secure}}

uploader := storage.NewFormUploader(&config)
manager := storage.NewBucketManager(mac, &config)
`

const node = ({ host, secure, accessKey, secretKey }: Reach) => `// npm install qiniu
const qiniu = require('qiniu')

const mac = new qiniu.auth.digest.Mac('${accessKey}', '${secretKey}')
const hosts = ['${host}']
const config = new qiniu.conf.Config({ useHttpsDomain: ${secure} })
config.zone = new qiniu.conf.Zone(hosts, hosts, '${host}', '${host}', '${host}', '${host}')

const uploader = new qiniu.form_up.FormUploader(config)
const manager = new qiniu.rs.BucketManager(mac, config)
`

const python = ({ host, secure, accessKey, secretKey }: Reach) => {
  const base = `${secure ? 'https' : 'http'}://${host}`
  return `# pip install qiniu
import qiniu
from qiniu.zone import Zone

auth = qiniu.Auth('${accessKey}', '${secretKey}')
here = '${base}'
zone = Zone(up_host=here, up_host_backup=here, io_host=here, rs_host=here,
            rsf_host=here, api_host=here, scheme='${secure ? 'https' : 'http'}')
qiniu.set_default(default_zone=zone, default_rs_host=here, default_rsf_host=here,
                  default_api_host=here, default_uc_host=here)
`
}

const java = ({ host, secure, accessKey, secretKey }: Reach) => `// com.qiniu:qiniu-java-sdk
Auth auth = Auth.create("${accessKey}", "${secretKey}");
Region region = new Region.Builder()
    .region("stoa")
    .srcUpHost("${host}")
    .accUpHost("${host}")
    .iovipHost("${host}")
    .rsHost("${host}")
    .rsfHost("${host}")
    .apiHost("${host}")
    .build();
Configuration config = new Configuration(region);
config.useHttpsDomains = ${secure};

UploadManager uploader = new UploadManager(config);
BucketManager manager = new BucketManager(auth, config);
`

const qshell = ({ host, accessKey, secretKey }: Reach) => `${JSON.stringify({
  access_key: accessKey,
  secret_key: secretKey,
  hosts: { up: host, rs: host, rsf: host, io: host, api: host, uc: host },
}, null, 2)}
`

export const snippets: Snippet[] = [
  { name: 'go', label: 'Go', file: 'main.go', text: go },
  { name: 'node', label: 'Node.js', file: 'index.js', text: node },
  { name: 'python', label: 'Python', file: 'main.py', text: python },
  { name: 'java', label: 'Java', file: 'Main.java', text: java },
  { name: 'qshell', label: 'qshell', file: '~/.qshell.json', text: qshell },
]
