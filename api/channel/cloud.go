package channel

import (
	"stoa/api/wire"
	"stoa/app/cloud"
	"stoa/app/fault"
)

// maxCloud is the largest set, in bytes: five credentials have less than 2 KiB.
const maxCloud = 64 << 10

// cloud replaces the set of buckets that the caller's company has its files in.
func (h handlers) cloud(c *wire.Call) (any, error) {
	var in struct {
		Credentials *[]struct {
			Key    wire.Text `json:"access_key"`
			Secret wire.Text `json:"access_secret"`
			Bucket wire.Text `json:"bucket"`
			URL    wire.Text `json:"url"`
		} `json:"credentials"`
	}
	if err := decodeJSON(c, &in); err != nil {
		return nil, err
	}
	if in.Credentials == nil {
		return nil, fault.New(fault.Missing, "channel.missing", "credentials", "credentials field needed")
	}
	set := make([]cloud.New, len(*in.Credentials))
	for i, k := range *in.Credentials {
		set[i] = cloud.New{URL: string(k.URL), Bucket: string(k.Bucket), Key: string(k.Key), Secret: string(k.Secret)}
	}
	verify := cloud.VerifyAll
	if c.Query().Get("verify") == "0" {
		verify = cloud.VerifyNone
	}
	_, err := h.app.Cloud.Replace(c.Ctx(), c.Actor, set, verify, 0)
	return nil, err
}
