package kodo

import (
	"bytes"
	"context"
	"os/exec"
	"testing"
	"time"
)

// Qiniu's Node SDK, unmodified, does what npm/drive.js says.
func TestNodeSDK(t *testing.T) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("there is no " + tool + " on this machine")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = "npm"
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm can't install the SDK, as without a network: %v\n%s", err, bytes.TrimSpace(out))
	}
	s := start(t)
	drive := exec.CommandContext(ctx, "node", "drive.js")
	drive.Dir = "npm"
	drive.Env = append(environment(), "STOA_HOST="+s.host, "STOA_ACCESS="+s.access, "STOA_SECRET="+s.secret)
	out, err := drive.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
