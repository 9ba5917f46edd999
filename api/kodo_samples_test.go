package api_test

// keyed are Kodo's calls that are let in by an access key alone: whoever has nothing
// but a sign-in is refused. TestKodo… make them with keys.
func keyed() []string {
	return []string{"kodo.form", "kodo.base64", "kodo.mkblk", "kodo.bput", "kodo.mkfile", "kodo.parts.start", "kodo.parts.put", "kodo.parts.complete",
		"kodo.parts.list", "kodo.parts.abort", "kodo.stat", "kodo.delete", "kodo.copy", "kodo.move", "kodo.chgm", "kodo.chtype", "kodo.chstatus", "kodo.restorear",
		"kodo.deleteafterdays", "kodo.lifecycle", "kodo.batch", "kodo.list", "kodo.list.all", "kodo.buckets", "kodo.bucketinfo", "kodo.domains", "kodo.domains.v7", "kodo.regions", "kodo.fetch",
		"gallery.upload"}
}

// kodoSamples are about files; none of them is anybody's yet.
func kodoSamples() map[string]sample {
	none := sample{}
	all := map[string]sample{"kodo.download": none, "kodo.region.v2": {query: "ak=invented&bucket=photos"}, "kodo.region.v4": {query: "ak=invented&bucket=photos"},
		"gallery.addinfo": either("url=https://files.example.com/a.jpg&filename=a.jpg&param=p&user_id={self}"), "gallery.image": either("id=1")}
	for _, name := range keyed() {
		all[name] = none
	}
	for _, name := range []string{"form", "base64", "mkblk", "bput", "mkfile", "parts.start", "parts.put", "parts.complete", "region.v2", "region.v4"} {
		all["kodo."+name+".preflight"] = none
	}
	return all
}
