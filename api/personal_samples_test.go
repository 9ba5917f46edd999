package api_test

// dot is a GIF of one white pixel.
const dot = "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// personalSamples are about what people have for themselves.
func personalSamples() map[string]sample {
	none := sample{}
	const place = `{"kind":"account","id":"7","title":"Somebody","path":"/accounts/7"}`
	return map[string]sample{
		"v1.preferences.list":   none,
		"v1.preferences.get":    none,
		"v1.preferences.put":    {json: `{"value":{"theme":"dark"}}`},
		"v1.preferences.delete": none,
		"v1.favourites.list":    none,
		"v1.favourites.put":     {json: `{"items":[` + place + `]}`},
		"v1.favourites.add":     {json: place},
		"v1.favourites.delete":  none,
		"v1.recent.list":        none,
		"v1.recent.add":         {json: place},

		"v1.me.avatar":              {json: dot},
		"v1.me.remove_avatar":       none,
		"v1.accounts.avatar":        {json: dot},
		"v1.accounts.remove_avatar": none,
		"v1.avatars.get":            none,
		"v1.me.notices":             {query: "limit=500"},
		"v1.me.unread":              none,
		"v1.me.read_all":            none,
		"v1.me.read_notice":         none,
		"v1.me.remove_notice":       none,
		"v1.notices.list":           {query: "limit=500"},
		"v1.notices.create":         {json: `{"title":"{new}","for":{"scope":"all"}}`},
		"v1.notices.receivers":      {json: `{"scope":"accounts","ids":[{account}]}`},
		"v1.notices.get":            none,
		"v1.notices.delete":         none,
		"v1.templates.list":         none,
		"v1.templates.get":          none,
		"v1.templates.update":       {json: `{"body":"{{product}}: {{code}}"}`},
		"v1.templates.reset":        none,
		"v1.templates.preview":      {json: `{"body":"{{product}}: {{code}}"}`},
		"pcloud.mail.quantity":      none,
		"pcloud.mail.page":          {json: `{"page":1,"pageSize":500}`},
		"pcloud.mail.detail":        none,
		"pcloud.sms.page":           {json: `{"page":1,"pageSize":500}`},
		"pcloud.sms.create":         {json: `{"name":"Code","code":"sign_up_code.zh","description":"{{code}}"}`},
		"pcloud.sms.modify":         {json: `{"name":"Code","code":"sign_up_code.en","description":"{{code}}"}`},
		"pcloud.sms.delete":         none,
		"pcloud.figures.today":      {json: `{}`},
		"pcloud.figures.cycle":      {json: `{"type":"week"}`},
		"pcloud.oss.upload":         {json: dot},
		"pcloud.oss.avatar":         none,
		"pcloud.oss.buckets":        none,
		"pcloud.oss.objects":        {json: `{"ossType":"ALIYUN","bucketName":"none","maxKey":1000}`},
	}
}
