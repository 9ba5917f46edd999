package people

import (
	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
)

// names are the user names of those accounts that the caller may see; a caller
// who may see no accounts gets none.
func (h handlers) names(c *wire.Call, ids []uint64) (map[uint64]string, error) {
	found := make(map[uint64]string, len(ids))
	for len(ids) > 0 {
		part := ids[:min(len(ids), rest.MaxLimit)]
		ids = ids[len(part):]
		page, err := h.app.Account.List(c.Ctx(), c.Actor, account.Filter{IDs: part, Limit: rest.MaxLimit})
		if fault.KindOf(err) == fault.Denied && err != nil {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			found[page.Items[i].ID] = page.Items[i].Name
		}
	}
	return found, nil
}

// distinct are the ids among those given that are not 0, each once.
func distinct(ids []uint64) []uint64 {
	seen := make(map[uint64]bool, len(ids))
	out := ids[:0:0]
	for _, id := range ids {
		if id != 0 && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
