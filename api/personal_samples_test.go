package api_test

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
	}
}
