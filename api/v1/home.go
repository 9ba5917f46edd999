package v1

import "stoa/api/wire"

func (d *door) homeRoutes() []wire.Route   { return nil }
func (d *door) setupRoutes() []wire.Route  { return nil }
func (d *door) systemRoutes() []wire.Route { return nil }

type Dialect struct{}
