package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"stoa/app/bucket/etag"
)

func noise(n int) string {
	b := make([]byte, n)
	x := uint32(n)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// send makes a call of a resumable upload.
func (k *cell) send(token, method, path, body string, header ...string) answer {
	k.t.Helper()
	return client{k.t, k.server.URL}.do(method, path, "application/octet-stream", body, append(header, "Authorization", "UpToken "+token)...)
}

func TestKodoBase64(t *testing.T) {
	k := newCell(t)
	token := k.token(map[string]any{"scope": "photos", "returnBody": `{"k":$(key),"x":$(x:a),"t":$(mimeType)}`})
	text := noise(30_000)
	path := fmt.Sprintf("/putb64/%d/key/%s/mimeType/%s/crc32/%d/x:a/%s", len(text), entryOf("b/64"), entryOf("text/css"), crc32.ChecksumIEEE([]byte(text)), entryOf("ü"))
	coded := base64.StdEncoding.EncodeToString([]byte(text))
	k.want(k.send(token, "POST", path, coded), 200, "k", "b/64", "x", "ü", "t", "text/css")
	if _, got := k.get("/photos/b/64"); got != text {
		t.Error("other bytes")
	}
	k.want(k.send(token, "POST", "/putb64/-1", coded), 200, "k", etag.Of([]byte(text)))
	k.want(k.send(token, "POST", "/putb64/7", coded), 400)
	k.want(k.send(token, "POST", "/putb64/-1", "!!!!"), 400)
	k.want(k.send(token, "POST", "/putb64/x", coded), 400)
	k.want(k.send(token, "POST", "/putb64/1/key", coded), 400)
	k.want(k.send("", "POST", "/putb64/-1", coded), 401)
}

func TestKodoResumableV1(t *testing.T) {
	k := newCell(t)
	token := k.token(map[string]any{"scope": "photos"})
	first, second := noise(etag.BlockSize), noise(1_500_000)
	one := k.send(token, "POST", fmt.Sprint("/mkblk/", len(first)), first)
	k.want(one, 200, "crc32", crc32.ChecksumIEEE([]byte(first)), "offset", len(first), "host", k.server.URL, "checksum", etag.Of([]byte(first)))
	two := k.send(token, "POST", fmt.Sprint("/mkblk/", len(second)), second[:1_000_000])
	k.want(two, 200, "offset", 1_000_000)
	ctx := two.at("ctx").(string)
	k.want(k.send(token, "POST", "/bput/"+ctx+"/5", second[5:]), 701)
	k.want(k.send(token, "POST", "/bput/AAAA/5", second[5:]), 701)
	two = k.send(token, "POST", "/bput/"+ctx+"/1000000", second[1_000_000:])
	k.want(two, 200, "offset", len(second), "crc32", crc32.ChecksumIEEE([]byte(second[1_000_000:])))
	size := len(first) + len(second)
	body := one.at("ctx").(string) + "," + two.at("ctx").(string)
	k.want(k.send(token, "POST", fmt.Sprint("/mkfile/", size+1, "/key/", entryOf("big")), body), 400)
	made := fmt.Sprint("/mkfile/", size, "/key/", entryOf("big"), "/fname/", entryOf("x.mp4"))
	k.want(k.send(token, "POST", made, body), 200, "key", "big", "hash", etag.Of([]byte(first+second)))
	k.want(k.send(token, "POST", made, body), 200) // the answer was lost
	res, got := k.get("/photos/big", "Range", fmt.Sprintf("bytes=%d-%d", len(first)-3, len(first)+2))
	if res.StatusCode != 206 || got != first[len(first)-3:]+second[:3] || res.Header.Get("Content-Type") != "video/mp4" {
		t.Errorf("range: %d %q %s", res.StatusCode, got, res.Header.Get("Content-Type"))
	}
	k.want(k.send(token, "POST", "/mkfile/0/key/"+entryOf("none"), ""), 200, "hash", etag.Empty)
	k.want(k.send(token, "POST", "/mkfile/5/key/"+entryOf("none"), "AAAA"), 701)
	k.want(k.send(token, "POST", fmt.Sprint("/mkblk/", etag.BlockSize+1), "x"), 400)
	k.want(k.send(token, "POST", "/mkblk/2", "xyz"), 413)
	tight := k.token(map[string]any{"scope": "photos", "fsizeLimit": 1000})
	k.want(k.send(tight, "POST", fmt.Sprint("/mkfile/", size), body), 413)
}

func TestKodoResumableV2(t *testing.T) {
	k := newCell(t)
	token := k.token(map[string]any{"scope": "photos"})
	base := "/buckets/photos/objects/" + entryOf("v2/big.bin") + "/uploads"
	begun := k.send(token, "POST", base, "")
	k.want(begun, 200)
	id := begun.at("uploadId").(string)
	parts := []string{noise(2 << 20), noise(etag.BlockSize + 7), noise(100)}
	var list []map[string]any
	whole := []etag.Part{}
	for i, p := range parts {
		sum := md5.Sum([]byte(p))
		got := k.send(token, "PUT", fmt.Sprint(base, "/", id, "/", i+1), p, "Content-MD5", hex.EncodeToString(sum[:]))
		k.want(got, 200, "md5", hex.EncodeToString(sum[:]), "etag", etag.Of([]byte(p)))
		list = append(list, map[string]any{"partNumber": i + 1, "etag": got.at("etag")})
		w := etag.New()
		w.Write([]byte(p))
		whole = append(whole, etag.Part{Size: int64(len(p)), Blocks: w.Blocks()})
	}
	k.want(k.send(token, "PUT", base+"/"+id+"/9", "x", "Content-MD5", strings.Repeat("0", 32)), 406)
	listed := k.send(token, "GET", base+"/"+id+"?max-parts=2", "")
	k.want(listed, 200, "uploadId", id, "partNumberMarker", 2)
	elsewhere := "/buckets/photos/objects/" + entryOf("other") + "/uploads/" + id
	k.want(k.send(token, "GET", elsewhere, ""), 612)
	k.want(k.send(token, "POST", strings.Replace(base, "photos", "vault", 1), ""), 403)
	body, _ := json.Marshal(map[string]any{"parts": list, "mimeType": "video/mp4", "metadata": map[string]string{"x-qn-meta-who": "me"}})
	done := k.send(token, "POST", base+"/"+id, string(body))
	k.want(done, 200, "key", "v2/big.bin", "hash", etag.FromParts(whole))
	k.want(k.send(token, "POST", base+"/"+id, string(body)), 200, "hash", etag.FromParts(whole))
	res, got := k.get("/photos/v2/big.bin")
	if got != strings.Join(parts, "") || res.Header.Get("X-Qn-Meta-Who") != "me" || res.Header.Get("Content-Type") != "video/mp4" {
		t.Errorf("%d bytes, %v", len(got), res.Header)
	}
	free := "/buckets/photos/objects/~/uploads"
	id = k.send(token, "POST", free, "").at("uploadId").(string)
	k.want(k.send(token, "POST", free+"/"+id, `{"parts":[]}`), 200, "key", etag.Empty)
	id = k.send(token, "POST", free, "").at("uploadId").(string)
	k.want(k.send(token, "DELETE", free+"/"+id, ""), 200)
	k.want(k.send(token, "PUT", free+"/"+id+"/1", "x"), 612)
	id = k.send(token, "POST", free, "").at("uploadId").(string)
	k.want(k.send(token, "POST", free+"/"+id, `{"parts":[{"partNumber":1,"etag":"x"}]}`), 400)
	k.want(k.send(token, "POST", free+"/"+id, `{"parts":`), 400)
	k.want(k.send(token, "PUT", free+"/"+id+"/0", "x"), 400)
}

// A file on the disk goes to the connection without a detour: in full, in parts,
// and next to what the connection carries before and after it.
func TestKodoDownloadsOfABigFile(t *testing.T) {
	k := newCell(t)
	text := noise(3<<20 + 17)
	k.want(k.put("photos:big.bin", text), 200, "hash", etag.Of([]byte(text)))
	for _, r := range [][2]int{{0, len(text)}, {0, 1}, {1, 3}, {4095, 70_000}, {1 << 20, len(text)}, {len(text) - 1, len(text)}} {
		res, got := k.get("/photos/big.bin", "Range", fmt.Sprintf("bytes=%d-%d", r[0], r[1]-1))
		if res.StatusCode != 206 || got != text[r[0]:r[1]] {
			t.Errorf("bytes %v: %d, %d bytes", r, res.StatusCode, len(got))
		}
		if res, got = k.get("/photos/big.bin"); res.StatusCode != 200 || res.ContentLength != int64(len(text)) || got != text {
			t.Errorf("all: %d, %d bytes of %d", res.StatusCode, len(got), res.ContentLength)
		}
	}
}

// A form that is cut off makes no file, however far it came.
func TestKodoFormCutOff(t *testing.T) {
	k := newCell(t)
	token := k.token(map[string]any{"scope": "photos"})
	for _, size := range []int{100, 10_000, 300_000, 5 << 20} {
		form := "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + token +
			"\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + noise(size)
		res := client{k.t, k.server.URL}.do("POST", "/", "multipart/form-data; boundary=b", form)
		k.want(res, 400)
	}
	page, err := k.Bucket.ByName(t.Context(), "photos")
	if err != nil {
		t.Fatal(err)
	}
	if page, err = k.Bucket.Get(t.Context(), k.by, page.ID); err != nil || page.Count.Objects != 0 {
		t.Errorf("there are %+v (%v)", page.Count, err)
	}
}
