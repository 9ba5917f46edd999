package people

import (
	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/org"
)

// DepartmentNode is a unit with what is below it.
type DepartmentNode struct {
	ID          uint64           `json:"id" description:"0 for the root above several organisations"`
	Name        string           `json:"name"`
	Kind        string           `json:"kind" enum:"root,organisation,channel,company,department"`
	Parent      uint64           `json:"parent"`
	Tenant      uint64           `json:"tenant"`
	Manager     uint64           `json:"manager"`
	ManagerName string           `json:"manager_name"`
	Accounts    int              `json:"accounts" minimum:"0" description:"accounts in this unit itself, not in those below"`
	Outside     bool             `json:"outside" description:"not one of the caller's departments, only on the way to one: there is no more of it than its name"`
	Children    []DepartmentNode `json:"children"`
}

// tree shows one organisation with its departments, or to super administrators,
// when no organisation is named, all of them under a node with id 0.
func (h handlers) tree(c *wire.Call) (any, error) {
	var q TreeQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Tenant != 0 || !c.Actor.Super() {
		if q.Tenant == 0 {
			q.Tenant = c.Actor.Tenant
		}
		return h.organisationTree(c, q.Tenant)
	}
	page, err := h.app.Org.Organisations(c.Ctx(), c.Actor, org.Filter{Limit: rest.MaxLimit})
	if err != nil {
		return nil, err
	}
	root := DepartmentNode{Kind: "root", Children: make([]DepartmentNode, 0, len(page.Items))}
	for i := range page.Items {
		node, err := h.organisationTree(c, page.Items[i].ID)
		if err != nil {
			return nil, err
		}
		root.Children = append(root.Children, node)
	}
	return root, nil
}

// organisationTree is one tenant at the root, with its departments below.
func (h handlers) organisationTree(c *wire.Call, tenant uint64) (DepartmentNode, error) {
	root, err := h.app.Org.Tree(c.Ctx(), c.Actor, tenant)
	if err != nil {
		return DepartmentNode{}, err
	}
	found, err := h.app.Org.Units(c.Ctx(), []uint64{tenant})
	if err != nil {
		return DepartmentNode{}, err
	}
	top := &org.Node{Children: root.Children}
	if root.ID != 0 { // a single department stands for the whole
		top.Children = []*org.Node{root}
	}
	if u := found[tenant]; u != nil {
		top.Unit = *u
	}
	top.Outside = c.Actor.Scope() < access.ScopeTenant
	units, managers := flatten(top, nil, nil)
	heads, err := h.app.Org.Headcounts(c.Ctx(), units)
	if err != nil {
		return DepartmentNode{}, err
	}
	people, err := h.names(c, distinct(managers))
	if err != nil {
		return DepartmentNode{}, err
	}
	return nodeView(top, own(heads, top.ID), people), nil
}

// own makes those of the tenant that are in no department its own count: it
// counts everybody.
func own(heads map[uint64]int, tenant uint64) map[uint64]int {
	below := 0
	for id, n := range heads {
		if id != tenant {
			below += n
		}
	}
	heads[tenant] = max(heads[tenant]-below, 0)
	return heads
}

// flatten are the units in sight and the managers of a tree.
func flatten(n *org.Node, units, managers []uint64) (inSight, led []uint64) {
	if !n.Outside {
		units = append(units, n.ID)
	}
	if n.Manager != 0 {
		managers = append(managers, n.Manager)
	}
	for _, child := range n.Children {
		units, managers = flatten(child, units, managers)
	}
	return units, managers
}

func nodeView(n *org.Node, accounts map[uint64]int, people map[uint64]string) DepartmentNode {
	v := DepartmentNode{ID: n.ID, Name: n.Name, Kind: string(n.Kind), Parent: n.Parent, Tenant: n.Tenant, Manager: n.Manager,
		ManagerName: people[n.Manager], Accounts: accounts[n.ID], Outside: n.Outside, Children: make([]DepartmentNode, len(n.Children))}
	for i, child := range n.Children {
		v.Children[i] = nodeView(child, accounts, people)
	}
	return v
}
