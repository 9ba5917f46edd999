package cli

import (
	"net"
	"strings"
)

// notify tells systemd how the service is doing (sd_notify(3)): one datagram
// to NOTIFY_SOCKET. Without that variable it does nothing.
func notify(environ []string, state string) error {
	path := lookup(environ, "NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	if strings.HasPrefix(path, "@") {
		path = "\x00" + path[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write([]byte(state))
	return err
}
