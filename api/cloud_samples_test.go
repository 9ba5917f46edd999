package api_test

// cloudSamples are about a company's own buckets; nothing is sent to any.
func cloudSamples() map[string]sample {
	none := sample{}
	const set = `{"credentials":[{"url":"s3.example.com","bucket":"shop-files","access_key":"AKIDEXAMPLE","access_secret":"a-secret"}]}`
	return map[string]sample{
		"v1.credentials.get":     none,
		"v1.credentials.replace": {query: "verify=none", json: set},
		"v1.credentials.test":    {json: `{"credentials":[]}`},
		"v1.credentials.move":    none,
		"v1.credentials.begin":   none,
		"v1.credentials.stop":    none,
		"channel.cloud":          {query: "verify=0", json: set},
	}
}
