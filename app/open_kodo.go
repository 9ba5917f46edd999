package app

import (
	"stoa/app/image"
	"stoa/app/picture"
	"stoa/store"
)

// buildImages makes the services of pictures.
func (a *App) buildImages(schema *store.Schema) {
	a.Image = image.NewService(schema, image.Deps{Audit: a.Audit})
	a.Picture = picture.New()
}

func (a *App) bindImages() { a.Image.Bind(a.DB) }
