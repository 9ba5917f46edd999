package bucket

import (
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/bucket"
)

// FolderMove says where a folder goes.
type FolderMove struct {
	Prefix   string `json:"prefix" minLength:"2" maxLength:"750" description:"the folder: the beginning of the names of its files, with / at its end"`
	ToBucket uint64 `json:"to_bucket,omitempty" description:"id of a bucket of the same organisation; this one if it is left out"`
	ToPrefix string `json:"to_prefix" minLength:"2" maxLength:"750" description:"what takes the place of prefix, with / at its end"`
}

// FolderMoved is what came of it.
type FolderMoved struct {
	Objects int64  `json:"objects" minimum:"0" description:"files that were moved; 0 where a task moves them"`
	Task    uint64 `json:"task" description:"that moves them in the background; 0 = it is done"`
}

func (h handlers) moveFolder(c *wire.Call) (any, error) {
	var in FolderMove
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	from, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	to := from
	if in.ToBucket != 0 && in.ToBucket != from.ID {
		if to, err = h.app.Bucket.In(c.Ctx(), c.Actor, in.ToBucket, access.ObjectWrite); err != nil {
			return nil, err
		}
	}
	moved, err := h.app.Folder.Move(c.Ctx(), c.Actor, bucket.Renaming{From: from, Prefix: in.Prefix, To: to, Name: in.ToPrefix})
	if err != nil {
		return nil, err
	}
	return FolderMoved{Objects: moved.Objects, Task: moved.Task}, nil
}
