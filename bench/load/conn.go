package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// answerTime bounds one request and its answer.
const answerTime = 30 * time.Second

// conn is one connection, opened when it is needed and again after the server
// closed it.
type conn struct {
	addr string
	raw  net.Conn
	in   *bufio.Reader
	body bytes.Buffer
}

// do sends one request and reads its answer. The body is valid until the next call.
func (c *conn) do(request []byte) (status int, body []byte, err error) {
	if err := c.open(); err != nil {
		return 0, nil, err
	}
	if err := c.raw.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, nil, err
	}
	if _, err := c.raw.Write(request); err != nil {
		c.close()
		return 0, nil, err
	}
	status, last, err := c.answer()
	if err != nil || last {
		c.close()
	}
	return status, c.body.Bytes(), err
}

func (c *conn) open() error {
	if c.raw != nil {
		return nil
	}
	raw, err := net.DialTimeout("tcp", c.addr, answerTime)
	if err != nil {
		return err
	}
	c.raw = raw
	if c.in == nil {
		c.in = bufio.NewReaderSize(raw, 32<<10)
	} else {
		c.in.Reset(raw)
	}
	return nil
}

func (c *conn) close() {
	if c.raw != nil {
		_ = c.raw.Close()
		c.raw = nil
	}
}

// answer reads the status line, the header and the body. last says that the
// server closes the connection after it.
func (c *conn) answer() (status int, last bool, err error) {
	line, err := c.line()
	if err != nil {
		return 0, true, err
	}
	if len(line) < 12 || !strings.HasPrefix(line, "HTTP/1.") {
		return 0, true, fmt.Errorf("not an HTTP answer: %.80q", line)
	}
	if status, err = strconv.Atoi(line[9:12]); err != nil {
		return 0, true, err
	}
	length, chunked := int64(0), false
	for {
		if line, err = c.line(); err != nil {
			return 0, true, err
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.ParseInt(value, 10, 64); err != nil {
				return 0, true, err
			}
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = strings.EqualFold(value, "chunked")
		case strings.EqualFold(name, "Connection"):
			last = strings.EqualFold(value, "close")
		}
	}
	c.body.Reset()
	if chunked {
		return status, last, c.chunks()
	}
	_, err = io.CopyN(&c.body, c.in, length)
	return status, last, err
}

func (c *conn) line() (string, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func (c *conn) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(line, 16, 64)
		if err != nil {
			return errors.New("bad chunk size")
		}
		if _, err := io.CopyN(&c.body, c.in, size); err != nil {
			return err
		}
		if _, err := c.line(); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}
