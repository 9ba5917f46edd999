package casdao

import (
	"stoa/api/wire"
	"stoa/app/fault"
)

// The document marks several fields as constants ("固定值"). A client that sends
// another value means something that this server would not do, so each is
// checked and the refusal names the field and the value expected.

// fixedInt refuses a number that is missing or is not want.
func fixedInt(field string, got *wire.Int, want int64) error {
	if got == nil {
		return fault.New(fault.Missing, "casdao.fixed", field, "%s is missing: it must be %d", field, want)
	}
	if int64(*got) != want {
		return fault.New(fault.Invalid, "casdao.fixed", field, "%s must be %d", field, want)
	}
	return nil
}

// fixedText refuses a text that is missing or is not want.
func fixedText(field, got, want string) error {
	if got == "" {
		return fault.New(fault.Missing, "casdao.fixed", field, "%s is missing: it must be %q", field, want)
	}
	if got != want {
		return fault.New(fault.Invalid, "casdao.fixed", field, "%s must be %q", field, want)
	}
	return nil
}

// need refuses an empty text.
func need(field, got string) error {
	if got == "" {
		return fault.New(fault.Missing, "casdao.missing", field, "%s is missing", field)
	}
	return nil
}

// organisation is the value of departmentId, which must be there.
func organisation(got *wire.Int) (uint64, error) {
	if got == nil || *got <= 0 {
		return 0, fault.New(fault.Missing, "casdao.missing", "departmentId", "departmentId is missing: the id of an organisation, a positive number, is expected")
	}
	return uint64(*got), nil
}

// first is the first error of a list of checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
