package cloud

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/egress"
	"stoa/app/fault"
	"stoa/blob"
	"stoa/blob/s3"
	"stoa/store"
)

// Checked is what came of trying a credential out.
type Checked struct {
	Number int // in the request, from 1
	URL    string
	Bucket string
	OK     bool
	Reason s3.Reason // why not
	Text   string    // the same in words, with what to do
	Took   time.Duration
}

// Refused is the reason of an endpoint that may not be dialled.
const Refused s3.Reason = "refused"

// probe does with a bucket all that will be done with it: it lists, writes, reads
// and deletes an object.
func probe(ctx context.Context, blobs blob.Store) error {
	if _, _, err := blobs.List(ctx, "", "", 1); err != nil {
		return err
	}
	body := []byte("written, read and deleted to see whether this bucket can be used\n" + rand.Text())
	name := "probe/" + strings.ToLower(rand.Text())
	if _, err := blobs.Put(ctx, name, bytes.NewReader(body), blob.Put{Type: "text/plain"}); err != nil {
		return err
	}
	r, _, err := blobs.Get(ctx, name, blob.Range{})
	if err == nil {
		var got []byte
		got, err = io.ReadAll(io.LimitReader(r, int64(len(body))+1))
		if err = errors.Join(err, r.Close()); err == nil && !bytes.Equal(got, body) {
			err = errDiffers
		}
	}
	return errors.Join(err, blobs.Delete(ctx, name))
}

var errDiffers = errors.New("cloud: what was read is not what was written")

// guarded is the guard's refusal behind a failure, if that is why.
func (s *Service) guarded(err error) *egress.RefusedError {
	var r *egress.RefusedError
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// Explain is a reason in words, with what to do.
func Explain(r s3.Reason, refused *egress.RefusedError) string {
	if refused != nil {
		return fmt.Sprintf("%s; an administrator can allow it by egress.allow in the configuration", refused)
	}
	switch r {
	case s3.Unreachable:
		return "the server does not answer: look at the address, the name and the firewall"
	case s3.Certificate:
		return "the server's certificate is not valid for this address"
	case s3.Foreign:
		return "what answers does not speak S3 over TLS: if it speaks plain HTTP, write http:// in front of the address"
	case s3.NoBucket:
		return "there is no such bucket"
	case s3.BadKey:
		return "the access key is not known there"
	case s3.BadSecret:
		return "the secret does not fit the access key"
	case s3.Denied:
		return "the key may not do this: it needs to list the bucket, and to read, write and delete objects in it"
	case s3.Skewed:
		return "the clocks of the two servers differ too much"
	case s3.Region:
		return "the bucket is in another region: name it, or use the address of the region"
	case s3.Full:
		return "there is no room left, or the quota there is used up"
	case s3.Busy:
		return "the server is asked too often"
	case s3.Failed:
		return "the server says that it failed"
	}
	return "the server refused it"
}

// try tries one credential out.
func (s *Service) try(ctx context.Context, p *plan, secret string) Checked {
	began := s.db.Clock()
	out := Checked{Number: p.number, URL: p.URL, Bucket: p.Bucket}
	c := Credential{URL: p.URL, Region: p.Region, Bucket: p.Bucket, Style: p.Style, Key: p.Key, Folder: folder()}
	if p.old != nil {
		c.Folder = p.old.Folder
	}
	o := s.options(&c)
	o.Secret, o.Patience = secret, -1
	blobs, err := s3.Open(o)
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, tryTime)
		defer cancel()
		err = probe(bounded, blobs)
		if bounded.Err() != nil && ctx.Err() == nil {
			err = &s3.Error{Reason: s3.Unreachable, Err: bounded.Err()}
		}
	}
	out.Took = s.db.Clock().Sub(began)
	var failed *s3.Error
	refused := s.guarded(err)
	switch {
	case err == nil:
		out.OK = true
		return out
	case refused != nil:
		out.Reason = Refused
	case errors.As(err, &failed):
		out.Reason = failed.Reason
	default:
		out.Reason = s3.Other
	}
	out.Text = Explain(out.Reason, refused)
	if failed != nil && failed.Code != "" {
		out.Text += " (" + clip(failed.Code) + ")"
	}
	return out
}

// clip bounds what a foreign server says of itself.
func clip(code string) string {
	code = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, code)
	return code[:min(len(code), 60)]
}

// tryAll tries those credentials side by side that are to be tried.
func (s *Service) tryAll(ctx context.Context, plans []plan) ([]Checked, error) {
	out := make([]Checked, len(plans))
	var all sync.WaitGroup
	defer all.Wait()
	for i := range plans {
		if !plans[i].try {
			out[i].OK = true
			continue
		}
		secret, err := s.secret(&plans[i])
		if err != nil {
			return nil, err
		}
		all.Go(func() { out[i] = s.try(ctx, &plans[i], secret) })
	}
	all.Wait()
	return out, ctx.Err()
}

// secret is the one that was given, or the one that is kept.
func (s *Service) secret(p *plan) (string, error) {
	if p.Secret != "" {
		return p.Secret, nil
	}
	plain, err := s.Seal.Unseal(p.old.Secret, p.old.record())
	return string(plain), fault.Wrap(err)
}

// unverified is the fault for a set of which some can't be used: it names each.
func unverified(checked []Checked) error {
	var said []string
	field := ""
	for _, c := range checked {
		if c.OK {
			continue
		}
		said = append(said, fmt.Sprintf("credential %d (bucket %s at %s): %s", c.Number, c.Bucket, hostOf(c.URL), c.Text))
		if field == "" {
			field = at(c.Number, fieldOf(c.Reason))
		}
	}
	if len(said) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "cloud.unverified", field, "%s", strings.Join(said, "; "))
}

// fieldOf is the field that a reason blames.
func fieldOf(r s3.Reason) string {
	switch r {
	case s3.NoBucket, s3.Full, s3.Denied:
		return "bucket"
	case s3.BadKey:
		return "access_key"
	case s3.BadSecret:
		return "access_secret"
	case s3.Region:
		return "region"
	}
	return "url"
}

// Test tries credentials out without keeping anything. It needs cloud.write.
func (s *Service) Test(ctx context.Context, by access.Actor, in []New) ([]Checked, error) {
	if err := by.Need(access.CloudWrite); err != nil {
		return nil, err
	}
	plans, err := s.clean(in)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(r store.Reader) error {
		rows, err := s.all(r, by.Tenant)
		if err != nil {
			return err
		}
		return match(plans, rows)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	for i := range plans {
		plans[i].try = true
	}
	return s.tryAll(ctx, plans)
}
