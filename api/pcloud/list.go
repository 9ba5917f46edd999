package pcloud

import (
	"stoa/api/wire"
	"stoa/app/fault"
)

const (
	defaultPageSize = 10
	maxPageSize     = 500
)

// paging is how every list of this dialect asks for a page.
type paging struct {
	Page     wire.Int `json:"page"`
	PageNo   wire.Int `json:"pageNo"` // the front end's select boxes
	PageSize wire.Int `json:"pageSize"`
}

// check gives the page, from 1, and its size.
func (p paging) check() (page, size int, err error) {
	page, size = int(p.Page), int(p.PageSize)
	if page == 0 {
		page = int(p.PageNo)
	}
	if page == 0 {
		page = 1
	}
	if size == 0 {
		size = defaultPageSize
	}
	if page < 0 {
		return 0, 0, fault.New(fault.Invalid, "pcloud.page", "page", "page counts from 1")
	}
	if size < 0 || size > maxPageSize {
		return 0, 0, fault.New(fault.Invalid, "pcloud.page_size", "pageSize", "pageSize must be between 1 and %d", maxPageSize)
	}
	return page, size, nil
}
