//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// exported is how many accounts the export has.
const exported = 100_000

// exports: memory of the process above idle while 100,000 accounts are written
// to an Excel file in the background, on an installation of its own.
func (b *bench) exports(ctx context.Context) error {
	at, err := b.place("stoa-export", b.stoa.bin)
	if err != nil {
		return err
	}
	s := &stoa{place: at, count: exported}
	if err := s.fill(ctx); err != nil {
		return err
	}
	running, err := b.serve(ctx, s)
	if err != nil {
		return err
	}
	timer := time.NewTimer(idleTime)
	<-timer.C
	idle, err := running.resident()
	if err != nil {
		return err
	}
	begun := time.Now()
	most, err := s.export(ctx, running)
	if err != nil {
		return err
	}
	b.addSelf("Excel export of 100,000 accounts: memory (RSS) above idle, at most", "MiB", float64(most-idle)/mebibyte, atMost(150, "< 150"))
	b.facts = append(b.facts, fmt.Sprintf("the export of 100,000 accounts took %.1f s beside %.0f MiB when idle", time.Since(begun).Seconds(), float64(idle)/mebibyte))
	return b.halt(running)
}

// export begins one and gives the most memory that the process had until it was
// done.
func (s *stoa) export(ctx context.Context, running *process) (most int64, err error) {
	task, err := s.call(ctx, http.MethodPost, "/v1/accounts/exports", `{"format":"xlsx","language":"en"}`)
	if err != nil {
		return 0, err
	}
	for look := 0; ; look++ {
		held, err := running.resident()
		if err != nil {
			return most, err
		}
		most = max(most, held)
		time.Sleep(20 * time.Millisecond)
		if look%25 != 0 {
			continue
		}
		now, err := s.call(ctx, http.MethodGet, fmt.Sprintf("/v1/tasks/%.0f", task["id"]), "")
		switch {
		case err != nil:
			return most, err
		case now["state"] == "succeeded":
			return most, nil
		case now["state"] != "queued" && now["state"] != "running":
			return most, fmt.Errorf("the export is %v: %v", now["state"], now["errors"])
		}
	}
}

// call makes one request of the native API.
func (s *stoa) call(ctx context.Context, method, path, body string) (map[string]any, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", s.authorization())
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if res.StatusCode >= 300 {
		return nil, errors.New(method + " " + path + ": " + string(raw))
	}
	return out, json.Unmarshal(raw, &out)
}
