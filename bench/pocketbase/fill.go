package main

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/crypto/bcrypt"
)

// fill makes what the benchmarks start from, in one transaction.
func fill(app core.App, admin, password string, count, signers int) error {
	return app.RunInTransaction(func(tx core.App) error {
		if err := makeAdmin(tx, admin, password); err != nil {
			return err
		}
		accounts := core.NewAuthCollection("accounts")
		accounts.AuthAlert.Enabled = false // no mail is sent: it would cost the peer time
		accounts.PasswordAuth.IdentityFields = []string{"name"}
		describe(accounts)
		if err := tx.Save(accounts); err != nil {
			return err
		}
		people := core.NewBaseCollection("people")
		people.Fields.Add(&core.TextField{Name: "email"}, &core.TextField{Name: "password_hash", Hidden: true})
		describe(people)
		people.AddIndex("idx_people_email", true, "`email`", "")
		if err := tx.Save(people); err != nil {
			return err
		}
		return addAccounts(tx, accounts, password, count, signers)
	})
}

// describe adds the fields and indexes that a stoa account has, too.
func describe(c *core.Collection) {
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 64},
		&core.TextField{Name: "phone", Max: 20},
		&core.TextField{Name: "nickname", Max: 64},
		&core.NumberField{Name: "tenant", OnlyInt: true},
		&core.NumberField{Name: "department", OnlyInt: true},
		&core.NumberField{Name: "role", OnlyInt: true},
		&core.NumberField{Name: "state", OnlyInt: true},
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	prefix := "idx_" + c.Name + "_"
	c.AddIndex(prefix+"name", true, "`name` COLLATE NOCASE", "")
	c.AddIndex(prefix+"phone", true, "`tenant`,`phone`", "`phone` != ''")
	c.AddIndex(prefix+"tenant", false, "`tenant`,`created`", "")
	c.CreateRule, c.ListRule = nil, nil // administrators only: no rule to evaluate
}

func makeAdmin(tx core.App, email, password string) error {
	collection, err := tx.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return err
	}
	record := core.NewRecord(collection)
	record.SetEmail(email)
	record.SetPassword(password)
	return tx.Save(record)
}

// addAccounts writes the records. The first signers of them have the password;
// the others share one hash that nobody knows the password of, so that filling
// does not hash ten thousand times.
func addAccounts(tx core.App, accounts *core.Collection, password string, count, signers int) error {
	unknown, err := bcrypt.GenerateFromPassword([]byte("nobody signs in with this"), bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	for i := range count {
		record := core.NewRecord(accounts)
		record.Set("name", fmt.Sprintf("user%07d", i))
		record.Set("email", fmt.Sprintf("user%07d@example.com", i))
		record.Set("nickname", fmt.Sprintf("User %d", i))
		record.Set("phone", fmt.Sprintf("139%08d", i))
		record.Set("tenant", 1)
		record.Set("role", 6)
		if i < signers {
			record.SetPassword(password)
		} else {
			record.RefreshTokenKey()
			record.SetRaw("password", &core.PasswordFieldValue{Hash: string(unknown)})
		}
		if err := tx.SaveNoValidate(record); err != nil {
			return fmt.Errorf("account %d: %w", i, err)
		}
	}
	return nil
}
