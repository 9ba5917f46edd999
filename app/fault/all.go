package fault

// All is what the checks of several inputs found, in one fault: the first, and
// the others as its More, one for each field. Nils are left out; all nil gives
// nil. What is not about an input (the object is gone, the right is missing, a
// bug) is answered alone: nothing typed anew would mend it.
func All(errs ...error) error {
	var found []*Fault
	fields := map[string]bool{}
	for _, err := range errs {
		f := Of(err)
		if f == nil {
			continue
		}
		if !f.ofInput() {
			return f
		}
		first := *f
		first.More = nil
		for _, one := range append([]*Fault{&first}, f.More...) {
			if !fields[one.Field] {
				fields[one.Field] = true
				found = append(found, one)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	found[0].More = found[1:]
	return found[0]
}

// ofInput reports whether another value of one field would do.
func (f *Fault) ofInput() bool {
	return f.Field != "" && (f.Kind == Missing || f.Kind == Invalid || f.Kind == TooLarge)
}
